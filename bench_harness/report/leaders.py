"""Who is fastest in each group, by how much, and after how many calls that has paid back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import CaseResult, RunRecord
from bench_harness.report.table import Align, Table, backend_cell, by_group, size_text
from bench_harness.stats.estimates import median
from bench_harness.summary import first_call_s, paid_back_after, samples_of, settled, speedup


@dataclass(frozen=True)
class Leader:
    """The fastest verified case of a group.

    Attributes
    ----------
    gain : float or None
        Steady speed over the reference; None without a verified reference.
    paid_back_after : int or None
        Calls after which it has been faster than the reference, first call included;
        None if a first call is unknown.
    next_best : CaseResult
        The second fastest.
    margin : float
        How many times slower that is.
    """

    result: CaseResult
    gain: float | None
    paid_back_after: int | None
    next_best: CaseResult
    margin: float


def leaders(record: RunRecord) -> list[Leader]:
    """Return the leader of every group in which two verified cases or more were measured."""
    found = (_leader(group) for group in by_group(record.results))
    return [leader for leader in found if leader is not None]


def _leader(group: Sequence[CaseResult]) -> Leader | None:
    verified = [result for result in group if result.status == "ok" and result.measurements]
    steady = {result.case.id: median(samples_of(result)) for result in verified}
    # Neither 0 nor what never settled is a time that can lead.
    ok = [result for result in verified if steady[result.case.id] > 0 and settled(result)]
    if len(ok) < 2:
        return None
    reference = next((result for result in ok if result.case.label == REFERENCE), None)
    # Of equals the reference leads: nothing is gained by leaving it.
    ok.sort(key=lambda result: (steady[result.case.id], result is not reference))
    best, second = ok[:2]
    calls = None
    if reference is not None and best is not reference:
        calls = paid_back_after(best, reference)
    margin = steady[second.case.id] / steady[best.case.id]
    return Leader(best, speedup(best, reference), calls, second, margin)


def leader_table(found: Sequence[Leader]) -> Table:
    """Return the leader of every group, with what its first call costs and who comes next."""
    rows = []
    for leader in found:
        case = leader.result.case
        is_reference = case.label == REFERENCE
        calls = "" if is_reference else _calls(leader.paid_back_after)
        rows.append(
            [
                f"`{case.kernel_id}`",
                size_text(case),
                backend_cell(case),
                units.milliseconds(median(samples_of(leader.result))),
                "" if is_reference else units.ratio(leader.gain),
                units.milliseconds(first_call_s(leader.result)),
                calls,
                backend_cell(leader.next_best.case),
                units.ratio(leader.margin),
            ]
        )
    columns: list[tuple[str, Align]] = [
        ("Kernel", "left"),
        ("Size", "left"),
        ("Fastest", "left"),
        ("Steady Median [ms]", "right"),
        ("Speedup", "right"),
        ("First Call [ms]", "right"),
        ("Paid Back After [calls]", "right"),
        ("Next", "left"),
        ("Time Of Next", "right"),
    ]
    note = (
        "Among verified cases. A first call is paid back when all calls so far, it included, took "
        "less time than those of `numpy`."
    )
    cases = [leader.result.case.id for leader in found]
    return Table("Fastest backends", columns, rows, [note], cases)


def _calls(number: int | None) -> str:
    return units.MISSING if number is None else f"{number}"
