"""What writing a kernel once costs: portable implementations next to the tuned ones."""

from __future__ import annotations

from collections.abc import Sequence

from bench_harness.backends import PORTABLE
from bench_harness.model import CaseResult
from bench_harness.report.table import Table, backend_cell, speedup_cell, steady_cell
from bench_harness.stats.estimates import median
from bench_harness.summary import samples_of


def portable_table(results: Sequence[CaseResult]) -> Table:
    """Return one row for every backend that ran a kernel's portable and a tuned implementation.

    The tuned one is the fastest verified of the backend's own files on the same device.
    """
    rows = []
    for result in results:
        if result.case.variant != PORTABLE or not _has_times(result):
            continue
        tuned = min(
            (other for other in results if _is_tuned(other, result)),
            key=_steady_s,
            default=None,
        )
        if tuned is not None:
            rows.append(_row(tuned, result))
    return Table(
        title="What writing it once costs",
        columns=[
            ("Case", "left"),
            ("Tuned", "left"),
            ("Tuned [ms]", "right"),
            ("Portable [ms]", "right"),
            ("Portable / tuned", "right"),
        ],
        rows=rows,
        notes=[
            "A portable implementation is written against the array protocol and runs on every "
            "backend; below 1 it beats the backend's own file."
        ]
        if rows
        else [],
    )


def _has_times(result: CaseResult) -> bool:
    return result.status == "ok" and bool(result.measurements)


def _steady_s(result: CaseResult) -> float:
    return median(samples_of(result))


def _is_tuned(other: CaseResult, portable: CaseResult) -> bool:
    mine, its = portable.case, other.case
    same = (mine.group_id, mine.backend, mine.device, mine.dtype)
    return (
        (its.group_id, its.backend, its.device, its.dtype) == same
        and its.variant != PORTABLE
        and _has_times(other)
    )


def _row(tuned: CaseResult, portable: CaseResult) -> list[str]:
    case = tuned.case
    return [
        f"{case.group_id} ({case.dtype})",
        backend_cell(case),
        steady_cell(tuned),
        steady_cell(portable),
        speedup_cell(tuned, portable),
    ]
