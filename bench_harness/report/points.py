"""Every case as numbers with intervals: what plots draw and data files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench_harness.model import CaseResult, RunRecord
from bench_harness.stats.bootstrap import median_interval, ratio_of_medians
from bench_harness.stats.estimates import Estimate, mean
from bench_harness.summary import (
    first_call_s,
    paid_back_after,
    reference_key,
    references,
    samples_of,
    settled,
    speedup_range,
)


@dataclass(frozen=True)
class Point:
    """One case of one record.

    Attributes
    ----------
    record : int
        Which of the records.
    result : CaseResult
    steady_s : Estimate or None
        Median of the timed runs, seconds per call; None if nothing was timed.
    mean_s, first_call_s : float or None
    speedup : Estimate or None
        Over the reference of the same record; None unless both are verified, and for a case that
        never settled.
    speedup_bounds : (float, float) or None
        What is shown of it; apart where the case or the reference never settled.
    paid_back_after : int or None
        Calls after which it has been faster than the reference, first call included.
    """

    record: int
    result: CaseResult
    steady_s: Estimate | None
    mean_s: float | None
    first_call_s: float | None
    speedup: Estimate | None
    speedup_bounds: tuple[float, float] | None
    paid_back_after: int | None


def points(records: Sequence[RunRecord]) -> list[Point]:
    """Return every case of every record, in their order."""
    found = []
    for number, record in enumerate(records):
        known = references(record.results)
        found += [
            _point(number, result, known.get(reference_key(result))) for result in record.results
        ]
    return found


def _point(number: int, result: CaseResult, reference: CaseResult | None) -> Point:
    if not result.measurements:
        return Point(number, result, None, None, None, None, None, None)
    samples = samples_of(result)
    comparable = reference is not None and result.status == "ok"
    return Point(
        number,
        result,
        median_interval(samples),
        mean(samples),
        first_call_s(result),
        _speedup(result, reference) if reference is not None and comparable else None,
        speedup_range(result, reference),
        paid_back_after(result, reference) if reference is not None and comparable else None,
    )


def _speedup(result: CaseResult, reference: CaseResult) -> Estimate | None:
    if not settled(result):
        return None
    if result is reference:
        return Estimate(1.0, 1.0, 1.0)
    try:
        return ratio_of_medians(samples_of(result), samples_of(reference)).estimate
    except ValueError:  # a time of zero has no ratio
        return None
