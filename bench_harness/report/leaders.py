"""Who is fastest in each group, by how much, and after how many calls that has paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import CaseResult, RunRecord
from bench_harness.report.table import (
    Align,
    Table,
    backend_cell,
    by_group,
    size_text,
    steady_cell,
)
from bench_harness.stats.estimates import median
from bench_harness.summary import (
    first_call_s,
    paid_back_after,
    samples_of,
    settled,
    shown_times,
    speedup_range,
)


@dataclass(frozen=True)
class Leader:
    """The fastest verified case of a group.

    Attributes
    ----------
    gain : (float, float) or None
        Bounds of the steady speed over the reference, equal where both settled; None without a
        verified reference.
    paid_back_after : int or None
        Calls after which it has been faster than the reference, first call included;
        None if a first call is unknown.
    next_best : CaseResult
        The second fastest.
    margin : (float, float)
        Bounds of how many times slower that is.
    """

    result: CaseResult
    gain: tuple[float, float] | None
    paid_back_after: int | None
    next_best: CaseResult
    margin: tuple[float, float]


class Standings(NamedTuple):
    """Who leads where, and where nobody does."""

    leaders: list[Leader]
    """Of every group in which two verified cases or more were measured, and one leads."""
    undecided: list[str]
    """The suite of every such group in which nobody leads, since times never settled."""


def standings(record: RunRecord) -> Standings:
    """Return the leaders of a record's groups."""
    found = Standings([], [])
    for group in by_group(record.results):
        verified = [result for result in group if result.status == "ok" and result.measurements]
        times = {result.case.id: shown_times(result) for result in verified}
        timed = [result for result in verified if times[result.case.id][0] > 0]  # 0 is no time
        if len(timed) < 2:
            continue
        leader = _leader(timed, times)
        if leader is None:
            found.undecided.append(group[0].case.suite)
        else:
            found.leaders.append(leader)
    return found


def _leader(ok: Sequence[CaseResult], times: Mapping[str, tuple[float, float]]) -> Leader | None:
    """Return the leader of a group, or None if another may be as fast."""
    steady = {result.case.id: median(samples_of(result)) for result in ok}
    reference = next((result for result in ok if result.case.label == REFERENCE), None)
    # Of equals the reference leads: nothing is gained by leaving it.
    ranked = sorted(ok, key=lambda result: (steady[result.case.id], result is not reference))
    best, second = ranked[:2]
    slowest = times[best.case.id][1]
    if any(times[other.case.id][0] < slowest for other in ranked[1:]):
        return None
    calls = None
    if reference is not None and best is not reference and settled(best) and settled(reference):
        calls = paid_back_after(best, reference)
    margin = speedup_range(best, second)
    assert margin is not None  # both are verified, and no time is 0
    return Leader(best, speedup_range(best, reference), calls, second, margin)


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
                steady_cell(leader.result),
                "" if is_reference else units.ratio_range(leader.gain),
                units.milliseconds(first_call_s(leader.result)),
                calls,
                backend_cell(leader.next_best.case),
                units.ratio_range(leader.margin),
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
