"""Where the time of a worker goes, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench_harness import units
from bench_harness.model import CaseResult
from bench_harness.report.table import Align, Table, backend_cell, size_text
from bench_harness.stats.estimates import median

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Interpreter": ("interpreter",),
    "Import": ("import",),
    "Device": ("init",),
    "Inputs": ("inputs", "prepare"),
    "To Device": ("to_device",),
    "First Call": ("load", "first_call"),
    "Warm-up": ("warmup",),
    "Timed Runs": ("steady", "device_clock"),
    "To Host": ("to_host",),
    "Harness": ("harness", "checks", "gradient", "exit"),
}
"""Heading -> parts of `Measurement.phases_s`; every part stands in one column."""


def life_table(results: Sequence[CaseResult]) -> Table:
    """Return the parts of each case's life in milliseconds, medians over its processes."""
    rows = []
    for result in results:
        lives = [m for m in result.measurements if m.phases_s and m.worker_wall_s is not None]
        if not lives:
            continue
        cells = [
            _milliseconds([sum(m.phases_s.get(part, 0.0) for part in parts) for m in lives])
            for parts in COLUMNS.values()
        ]
        compiling = _milliseconds([sum(m.first_call_stages_s.values()) for m in lives])
        wall = _milliseconds([m.worker_wall_s or 0.0 for m in lives])
        where = f"`{result.case.kernel_id}` {size_text(result.case)}"
        rows.append([where, backend_cell(result.case), *cells, wall, compiling])
    columns: list[tuple[str, Align]] = [("Case", "left"), ("Backend", "left")]
    columns += [(heading, "right") for heading in (*COLUMNS, "Sum", "Of It Compiling")]
    notes = [
        "Milliseconds, medians over processes. Compiling: of the first call, as far as the "
        "framework tells (trace, lower, compile)."
    ]
    return Table("The whole life of a case", columns, rows, notes)


def _milliseconds(seconds: list[float]) -> str:
    value = median([seconds])
    return units.milliseconds(value) if value >= 5e-5 else "0"
