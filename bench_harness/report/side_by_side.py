"""Several records, of other machines or dates, case by case."""

from __future__ import annotations

from collections.abc import Sequence

from bench_harness import units
from bench_harness.model import NOT_RUN, CaseResult, RunRecord
from bench_harness.report.environments import record_names
from bench_harness.report.table import (
    Align,
    Table,
    backend_cell,
    size_text,
    speedup_cell,
    steady_cell,
)


def side_by_side_table(records: Sequence[RunRecord]) -> Table:
    """Return the steady medians of the cases that two records or more hold.

    Times of another record come with the first record's over theirs, where both are verified.
    """
    found = [{result.case.id: result for result in record.results} for record in records]
    rows = []
    for case_id in dict.fromkeys(case_id for results in found for case_id in results):
        results = [by_id.get(case_id) for by_id in found]
        shown = [result for result in results if result and result.status not in NOT_RUN]
        if len(shown) < 2:
            continue
        case = shown[0].case
        first, *others = results
        rows.append(
            [
                f"`{case.kernel_id}`",
                size_text(case),
                backend_cell(case),
                _time(first),
                *(_time(other, first) for other in others),
            ]
        )
    columns: list[tuple[str, Align]] = [("Kernel", "left"), ("Size", "left"), ("Backend", "left")]
    columns += [(f"{name} [ms]", "right") for name in record_names(records)]
    notes = [
        "Steady median [ms]; in brackets how many times faster than in the first record. Ratios "
        "hold no interval and are no verdict."
    ]
    return Table("The records side by side", columns, rows, notes)


def _time(result: CaseResult | None, first: CaseResult | None = None) -> str:
    if result is None or result.status in NOT_RUN:
        return units.MISSING
    if result.status != "ok":
        return result.status.replace("_", " ")
    text = steady_cell(result)
    gain = speedup_cell(result, first if first and first.status == "ok" else None)
    return text if gain == units.MISSING else f"{text} ({gain})"
