"""Records -> the derived numbers that tables show, one place for all of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np

from bench_harness.backends import REFERENCE
from bench_harness.model import CaseResult, Measurement, RunRecord, Summary
from bench_harness.stats.bootstrap import median_interval
from bench_harness.stats.estimates import break_even_calls, mean, median, outliers
from bench_harness.stats.pace import MAX_SLOWDOWN, at_rest, not_slowed, slowdown

MS = 1e3
QUANTILES = (5, 25, 75, 95)


def references(results: Iterable[CaseResult]) -> dict[str, CaseResult]:
    """Return, by group and dtype, the verified results of the reference."""
    return {
        reference_key(result): result
        for result in results
        if result.case.label == REFERENCE and result.status == "ok" and result.measurements
    }


def reference_key(result: CaseResult) -> str:
    """Return what a case shares with its reference: the same inputs, so the same work."""
    return f"{result.case.group_id}/{result.case.dtype}"


def counted(result: CaseResult) -> list[Measurement]:
    """Return the measurements that tell of a case's time.

    Those of processes whose core a neighbour slowed do not. That is decided by a loop which is
    no part of the case, so it favours no time.
    """
    measured = result.measurements
    return [measured[i] for i in not_slowed([m.probe_median_s for m in measured])]


def slowed(record: RunRecord) -> frozenset[str]:
    """Return the ids of cases whose core a neighbour slowed in every process that counts.

    The processes of all cases are held to the best pace of the run.
    """
    if record.config.jobs > 1:  # then the cases are each other's neighbours
        return frozenset()

    def pace_s(m: Measurement) -> float | None:
        return at_rest(m.probe_median_s, m.probe_s, m.probe_rested_s)

    paces = [pace for r in record.results for m in r.measurements if (pace := pace_s(m))]
    best_s = min(paces, default=None)
    return frozenset(
        result.case.id
        for result in record.results
        if result.measurements
        and all(slowdown(pace_s(m), best_s) > MAX_SLOWDOWN for m in counted(result))
    )


def every_sample_of(result: CaseResult) -> list[list[float]]:
    """Return all timed samples, one list per process, in seconds per call."""
    return [measurement.times_s for measurement in result.measurements]


def samples_of(result: CaseResult) -> list[list[float]]:
    """Return the timed samples that count, one list per process, in seconds per call."""
    return [measurement.times_s for measurement in counted(result)]


def first_call_s(result: CaseResult) -> float | None:
    """Return the median over processes of the first call, in seconds; None if it is unknown."""
    known = [m.first_call_s for m in result.measurements if m.first_call_s is not None]
    return median([known]) if known else None


def paid_back_after(result: CaseResult, reference: CaseResult) -> int | None:
    """Return after how many calls a case has paid back its first call; None if never."""
    first, reference_first = first_call_s(result), first_call_s(reference)
    if first is None or reference_first is None:
        return None
    return break_even_calls(
        first, median(samples_of(result)), reference_first, median(samples_of(reference))
    )


def settled(result: CaseResult) -> bool:
    """Tell whether one number describes a case: not if most of its processes never settled."""
    known = [m.steady_state for m in counted(result) if m.steady_state is not None]
    return 2 * sum(not state.settled for state in known) <= len(known)


def steady_range(result: CaseResult) -> tuple[float, float]:
    """Return the times between which four fifths of the runs lie, in seconds per call."""
    times = sorted(itertools.chain(*samples_of(result)))
    tenth = len(times) // 10
    return times[tenth], times[-1 - tenth]


def shown_times(result: CaseResult) -> tuple[float, float]:
    """Return the bounds that a case's time is shown with: of one that settled, its median twice."""
    if not settled(result):
        return steady_range(result)
    steady = median(samples_of(result))
    return steady, steady


def speedup_range(result: CaseResult, reference: CaseResult | None) -> tuple[float, float] | None:
    """Return the bounds of the speedup: equal where both settled, else those of the times shown.

    The smallest has the reference's shortest time over the case's longest, so the bounds hold
    for every pair of times within the two ranges. None unless both can be trusted.
    """
    if reference is None or result.status != "ok" or not result.measurements:
        return None
    low, high = shown_times(result)
    if low <= 0:
        return None
    if result is reference:
        return 1.0, 1.0
    reference_low, reference_high = shown_times(reference)
    return reference_low / high, reference_high / low


def speedup(result: CaseResult, reference: CaseResult | None) -> float | None:
    """Return how many times faster than the reference; None unless both can be trusted."""
    if reference is None or result.status != "ok" or not result.measurements:
        return None
    steady = median(samples_of(result))
    return median(samples_of(reference)) / steady if steady > 0 else None


def gradient_over_forward(result: CaseResult) -> float | None:
    """Return how many times longer a gradient takes than the forward call; None without one."""
    if result.gradient is None or result.gradient.gradient_s is None or not result.measurements:
        return None
    forward = median(samples_of(result))
    return result.gradient.gradient_s / forward if forward > 0 else None


def summarise(record: RunRecord) -> Mapping[str, Summary]:
    """Return the summary of every measured case, by case id."""
    known = references(record.results)
    return {
        result.case.id: _summary(result, known.get(reference_key(result)))
        for result in record.results
        if result.measurements
    }


def _summary(result: CaseResult, reference: CaseResult | None) -> Summary:
    samples = samples_of(result)
    steady = median_interval(samples)
    first = first_call_s(result)
    everything = list(itertools.chain(*samples))
    known = np.percentile(everything, QUANTILES)
    spread = float(np.median(np.abs(np.asarray(everything) - np.median(everything))))
    break_even = None
    if reference is not None and result.status == "ok":
        break_even = paid_back_after(result, reference)
    return Summary(
        first_call_ms=None if first is None else first * MS,
        steady_mean_ms=mean(samples) * MS,
        steady_median_ms=steady.point * MS,
        steady_ci95_ms=(steady.low * MS, steady.high * MS),
        jit_ms=None if first is None else max(0.0, first - steady.point) * MS,
        steady_mad_ms=spread * MS,
        steady_quantiles_ms={f"p{q}": float(v) * MS for q, v in zip(QUANTILES, known, strict=True)},
        outliers=outliers(samples),
        settled=settled(result),
        speedup_vs_reference=speedup(result, reference),
        break_even_calls=break_even,
        gradient_over_forward=gradient_over_forward(result),
    )
