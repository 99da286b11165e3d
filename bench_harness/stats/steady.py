"""Has a series of times settled, and how: change points, trend, period, modes.

What counts is whether the median would mislead. A series is unsettled if its level changes by
more than chance, and the median is further than `RELEVANT` from the level of more than a few runs
(`AGREEING`). A step of no consequence is flat, and so is a series with a short excursion: slow
runs, alone or a few in a row, are outliers; they are reported, not a class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Kind = Literal["flat", "warm-up", "drift", "cyclic", "multimodal", "quantised", "none"]
Array = np.ndarray[Any, np.dtype[np.float64]]

RELEVANT = 0.1
"""Relative difference from which two levels are two."""
AGREEING = 0.7
"""Share of the runs whose level must be that of the median, for it to describe the series. With
less, half a series at each of two levels would pass; with more, a neighbour of a few runs would
deny any number (``python -m tests.steady_study``)."""
LEAST_MODE = 0.2
"""Share of the runs from which a second mode is one: fewer are outliers."""
MIN_RUNS = 8
"""Fewer runs have no class."""
MAX_RUNS = 240
"""Longer series are looked at in medians of neighbouring runs."""
TICKS_S = (0.01, 0.004, 1 / 300, 0.001)
"""Periods of the scheduler's tick: 100, 250, 300 and 1000 Hz."""

MAX_TICKS = 12
"""Longer runs hide a tick: every duration is near a multiple of something that short."""


@dataclass(frozen=True)
class Steadiness:
    """The class of a series.

    `steady_from` is the first run of the level that a warm-up settles to; `detail` says what was
    seen, in words; `settled` is True if one number, the median, describes the series.
    """

    kind: Kind
    steady_from: int = 0
    detail: str = ""
    settled: bool = False


FLAT = Steadiness("flat", settled=True)


def classify(times_s: Sequence[float], calls_per_run: int = 1) -> Steadiness | None:
    """Return the class of a series of runs, in the order in which they were taken.

    Parameters
    ----------
    times_s : sequence of float
        Seconds per call, one for each run.
    calls_per_run : int
        So that durations of runs can be compared with the scheduler's tick.

    Returns
    -------
    Steadiness or None
        None for fewer than `MIN_RUNS` runs, or times that are not positive.
    """
    if len(times_s) < MIN_RUNS or min(times_s) <= 0:
        return None
    ordered = sorted(times_s)
    tenth = len(ordered) // 10
    if ordered[-1 - tenth] <= ordered[tenth] * (1 + RELEVANT / 2):
        return FLAT  # what most series are, found without any array
    levels = np.log(np.asarray(times_s))
    tick = _tick(np.asarray(times_s) * calls_per_run)
    if tick is not None:
        return Steadiness("quantised", detail=f"runs last whole ticks of {tick * 1e3:.3g} ms")
    width = -(-len(levels) // MAX_RUNS)
    if width > 1:
        whole = len(levels) // width * width
        levels = np.median(levels[:whole].reshape(-1, width), axis=1)
    return _by_period(levels, width) or _by_modes(levels) or _by_level(levels, width) or FLAT


def _tick(durations_s: Array) -> float | None:
    """Return the tick that most durations are whole multiples of, different ones."""
    for tick in TICKS_S:
        counts = np.rint(durations_s / tick)
        near = (np.abs(durations_s / tick - counts) < 0.03) & (counts > 0) & (counts <= MAX_TICKS)
        if near.mean() < 0.85:
            continue
        common = np.unique(counts[near], return_counts=True)[1]
        if np.count_nonzero(common >= max(2, 0.1 * len(durations_s))) > 1:
            return tick
    return None


def _by_period(levels: Array, width: int) -> Steadiness | None:
    """Look for a cycle: a frequency with too much of the power for chance (Fisher's test)."""
    n = len(levels)
    position = np.arange(n)
    ranks = np.argsort(np.argsort(levels)).astype(float)  # a spike is no more than a large value
    ranks -= np.polyval(np.polyfit(position, ranks, 1), position)
    power = np.abs(np.fft.rfft(ranks)[1:]) ** 2
    best = int(np.argmax(power))
    period = n / (best + 1)
    # Fewer than three cycles are a wave, not a period; a share has chance^-1 in (1 - g)^(m - 1).
    share = power[best] / max(power.sum(), 1e-300)
    chance = len(power) * (1 - share) ** (len(power) - 1)
    if _swing(levels) < RELEVANT:
        return None
    if period > n / 3 or chance > 1e-3:
        period = _folded_period(ranks)
    if not period:
        return None
    detail = f"period of about {period * width:.3g} runs"
    return Steadiness("cyclic", detail=detail, settled=True)  # one cycle after the other


def _folded_period(ranks: Array) -> int:
    """Return the period at which runs of equal phase agree, as every k-th run slow; else 0.

    A pulse has its power in many frequencies, so that none stands out in a short series.
    """
    n = len(ranks)
    for period in range(2, min(n // 4, 16) + 1):
        whole = n // period * period
        folded = ranks[:whole].reshape(-1, period)
        explained = folded.mean(axis=0).var() / max(folded.var(), 1e-300)
        if 1 - (1 - explained) * (whole - 1) / (whole - period) > 0.75:  # less what chance explains
            return period
    return 0


def _by_level(levels: Array, width: int) -> Steadiness | None:
    """Look for steps and slopes."""
    bounds = _segments(_without_outliers(levels))
    means = np.array([np.median(levels[a:b]) for a, b in bounds])
    shown = float(np.median(levels))
    near = np.abs(means - shown) <= RELEVANT
    runs = np.repeat(near, [b - a for a, b in bounds])
    last_start, end = bounds[-1]
    if runs.mean() >= AGREEING:
        first = int(np.argmax(near))
        if near[first:].all() and (means[:first] > shown).all() and first:
            return _warm_up(means, bounds[first][0], end, width, settled=True)
        return _by_slope(levels[runs])
    if (
        means[0] > means[-1]
        and (means[:-1] > means[-1] + RELEVANT / 2).all()
        and end - last_start >= 0.4 * end
        and _by_slope(levels[last_start:]) is None
    ):
        return _warm_up(means, last_start, end, width, settled=False)
    steps = np.diff(means)
    if (steps > 0).all() or (steps < 0).all():
        return _drift(means[-1] - means[0])
    return Steadiness("none", detail=f"{len(bounds)} levels in {end * width} runs, in no order")


def _warm_up(means: Array, start: int, end: int, width: int, *, settled: bool) -> Steadiness:
    slower = math.expm1(means[0] - means[-1])
    detail = f"the first {start * width} of {end * width} runs are up to {slower:.0%}"
    return Steadiness("warm-up", start * width, f"{detail} slower than the rest", settled)


def _by_slope(levels: Array) -> Steadiness | None:
    """Look for a steady rise or fall, by Kendall's rank correlation with time."""
    n = len(levels)
    if n < MIN_RUNS:
        return None
    signs = np.sign(levels[None, :] - levels[:, None])[np.triu_indices(n, 1)]
    score = signs.sum() / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    half = n // 2
    change = 2 * float(np.median(levels[half:]) - np.median(levels[:half]))
    if abs(score) < 3.5 or abs(change) < RELEVANT:
        return None
    return _drift(change)


def _drift(change: float) -> Steadiness:
    word = "slower" if change > 0 else "faster"
    return Steadiness("drift", detail=f"{abs(math.expm1(change)):.0%} {word} at the end")


def _by_modes(levels: Array) -> Steadiness | None:
    """Look for two levels with a gap between, and runs that go from one to the other at random.

    The levels are those of the split that explains most of the variance. A series that changes
    its level seldom has steps, not modes.
    """
    ordered = np.sort(levels)
    n = len(ordered)
    least = max(3, math.ceil(LEAST_MODE * n))
    if n < 2 * least:
        return None
    sums = np.cumsum(ordered)
    counts = np.arange(1, n)
    gaps = (sums[-1] - sums[:-1]) / (n - counts) - sums[:-1] / counts
    score = counts * (n - counts) * gaps**2
    score[: least - 1] = score[n - least :] = -1
    cut = int(np.argmax(score)) + 1
    low, high = ordered[:cut], ordered[cut:]
    quartiles = np.quantile(low, [0.25, 0.5, 0.75]), np.quantile(high, [0.25, 0.5, 0.75])
    spread = sum(float(q[2] - q[0]) for q in quartiles) / 2 / 1.35  # an outlier is no spread
    distance = float(quartiles[1][1] - quartiles[0][1])
    gap = float(high[0] - low[-1])
    if distance < RELEVANT or distance < 4.5 * spread or gap < 1.5 * spread:
        return None
    shown = float(np.median(levels))
    agreeing = sum(len(m) for m in (low, high) if abs(float(np.median(m)) - shown) <= RELEVANT)
    if agreeing >= AGREEING * n:
        return None
    share = len(high) / n
    changes = np.count_nonzero(np.diff(levels > (low[-1] + high[0]) / 2))
    if changes < 0.6 * 2 * n * share * (1 - share):
        return None
    return Steadiness(
        "multimodal", detail=f"{share:.0%} of the runs are {math.expm1(distance):.0%} slower"
    )


def _without_outliers(levels: Array) -> Array:
    """Return levels with isolated spikes pulled in: to the median of each run's neighbourhood."""
    padded = np.pad(levels, 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5)
    local = np.median(windows, axis=1)
    limit = 5 * max(_noise(levels), 1e-3)
    result: Array = np.clip(levels, local - limit, local + limit)
    return result


def _noise(levels: Array) -> float:
    """Return the spread from run to run, of differences: steps and slopes hardly move it."""
    differences = np.diff(levels)
    return float(np.median(np.abs(differences))) / (0.6745 * math.sqrt(2))


def _swing(levels: Array) -> float:
    low, high = np.quantile(levels, [0.1, 0.9])
    return float(high - low)


def _segments(levels: Array) -> list[tuple[int, int]]:
    """Return the stretches of constant level, by optimal partition with a penalty for each.

    Least squares plus ``4 log(n)`` times the variance per change; neighbours that differ by less
    than `RELEVANT` are one.
    """
    n, shortest = len(levels), 3
    variance = max(_noise(levels), 2e-3) ** 2
    penalty = 4 * math.log(n) * variance
    sums = np.concatenate([[0.0], np.cumsum(levels)])
    squares = np.concatenate([[0.0], np.cumsum(levels**2)])
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    cut = np.zeros(n + 1, dtype=int)
    for end in range(shortest, n + 1):
        starts = np.arange(0, end - shortest + 1)
        length = end - starts
        cost = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / length
        total = best[starts] + cost + penalty
        cut[end] = int(np.argmin(total))
        best[end] = total[cut[end]]
    bounds = []
    end = n
    while end > 0:
        bounds.append((int(cut[end]), end))
        end = int(cut[end])
    return _merged(levels, bounds[::-1])


def _merged(levels: Array, bounds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbouring stretches whose levels are the same for our purposes."""
    while len(bounds) > 1:
        means = [float(np.median(levels[a:b])) for a, b in bounds]
        steps = np.abs(np.diff(means))
        smallest = int(np.argmin(steps))
        if steps[smallest] >= RELEVANT:
            break
        joined = (bounds[smallest][0], bounds[smallest + 1][1])
        bounds[smallest : smallest + 2] = [joined]
    return bounds
