"""What a case takes of memory, beside what its backend and its inputs take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench_harness import units
from bench_harness.model import CaseResult
from bench_harness.report.table import Align, Table, backend_cell, size_text

MIB = 2**20


def memory_table(results: Sequence[CaseResult]) -> Table:
    """Return the resident memory of each case, and the GPU's where one was used, in MiB.

    The largest over the processes of a case.
    """
    kinds = {
        "Framework": "import_rss_bytes",
        "Before the First Call": "baseline_rss_bytes",
        "Peak Above That": "peak_rss_bytes",
        "Peak on the GPU": "device_peak_bytes",
    }
    known = [result for result in results if _largest(result, kinds.values()) is not None]
    shown = {
        heading: kind
        for heading, kind in kinds.items()
        if any(_largest(result, [kind]) is not None for result in known)
    }
    rows = [
        [
            f"`{result.case.kernel_id}` {size_text(result.case)}",
            backend_cell(result.case),
            *(_mebibytes(_largest(result, [kind])) for kind in shown.values()),
        ]
        for result in known
    ]
    columns: list[tuple[str, Align]] = [("Case", "left"), ("Backend", "left")]
    columns += [(f"{heading} [MiB]", "right") for heading in shown]
    notes = [
        "Resident memory, the most of all processes. Before the first call: interpreter, framework "
        "and inputs, NumPy's and the backend's own. The peak above that is the implementation's: "
        "outputs, temporaries, compiled code; 0 where it needed less than was let go meanwhile."
    ]
    return Table("Memory", columns, rows, notes)


def _largest(result: CaseResult, kinds: Iterable[str]) -> int | None:
    values = (getattr(measured, kind) for measured in result.measurements for kind in kinds)
    return max((value for value in values if value is not None), default=None)


def _mebibytes(count: int | None) -> str:
    return units.MISSING if count is None else f"{count / MIB:.1f}"
