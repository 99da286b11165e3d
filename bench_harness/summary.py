"""Records -> the derived numbers that tables show, one place for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from bench_harness.backends import REFERENCE
from bench_harness.model import CaseResult, RunRecord, Summary
from bench_harness.stats.estimates import break_even_calls, interval, mean, median

MS = 1e3


def references(record: RunRecord) -> dict[str, CaseResult]:
    """Return, by group and dtype, the verified reference results of a record."""
    return {
        reference_key(result): result
        for result in record.results
        if result.case.label == REFERENCE and result.status == "ok" and result.measurements
    }


def reference_key(result: CaseResult) -> str:
    """Return what a case shares with its reference: the same inputs, so the same work."""
    return f"{result.case.group_id}/{result.case.dtype}"


def samples_of(result: CaseResult) -> list[list[float]]:
    """Return the timed samples, one list per process, in seconds per call."""
    return [measurement.times_s for measurement in result.measurements]


def first_call_s(result: CaseResult) -> float:
    """Return the median over processes of the first call, in seconds."""
    return median([[m.first_call_s for m in result.measurements]])


def speedup(result: CaseResult, reference: CaseResult | None) -> float | None:
    """Return how many times faster than the reference; None unless both can be trusted."""
    if reference is None or result.status != "ok" or not result.measurements:
        return None
    steady = median(samples_of(result))
    return median(samples_of(reference)) / steady if steady > 0 else None


def summarise(record: RunRecord) -> Mapping[str, Summary]:
    """Return the summary of every measured case, by case id."""
    known = references(record)
    return {
        result.case.id: _summary(result, known.get(reference_key(result)))
        for result in record.results
        if result.measurements
    }


def _summary(result: CaseResult, reference: CaseResult | None) -> Summary:
    samples = samples_of(result)
    steady = interval(samples)
    first = first_call_s(result)
    break_even = None
    if reference is not None and result.status == "ok":
        break_even = break_even_calls(
            first, steady.point, first_call_s(reference), median(samples_of(reference))
        )
    return Summary(
        first_call_ms=first * MS,
        steady_mean_ms=mean(samples) * MS,
        steady_median_ms=steady.point * MS,
        steady_ci95_ms=(steady.low * MS, steady.high * MS),
        jit_ms=max(0.0, first - steady.point) * MS,
        speedup_vs_reference=speedup(result, reference),
        break_even_calls=break_even,
    )
