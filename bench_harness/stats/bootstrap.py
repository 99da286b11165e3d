"""Intervals by hierarchical bootstrap: processes are drawn, then the runs within each.

The processes of a case are its replicates: the runs of one process share its memory layout and
its neighbours, and are not independent of one another. Drawing in two steps gives an interval
that covers both variations (Davison and Hinkley, *Bootstrap Methods and their Application*,
1997, section 3.8). Everything is drawn at once with NumPy, from a seed, so that the same samples
always give the same interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness.stats.estimates import CONFIDENCE, Estimate, median

RESAMPLES = 2000
POWER = 0.8
"""How surely an effect is to be seen that is called visible."""

LOG_LIMIT = 300.0
"""Factors beyond the exponential of this are cut: times any time they still have a float64."""

CHUNK = 1 << 21
"""Entries drawn at a time: bounds the memory, whatever the number of samples."""

Samples = Sequence[Sequence[float]]
"""Seconds, one inner sequence for each process; they may differ in length."""

Array = np.ndarray[Any, np.dtype[Any]]


def median_interval(
    samples: Samples,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Estimate the median over processes of each process's median.

    With several processes the interval is symmetric in the logarithm: the bootstrap's standard
    error times the quantile of Student's t. Percentiles of the bootstrap, drawn from two, three or
    four processes, cover as little as 51, 75 and 87 % where they should cover 95; this covers 93 or
    more (``tests/unit/test_bootstrap.py``). With one process there is only the variation within it
    to go by, so percentiles are returned; with a time of zero as well.

    Parameters
    ----------
    samples : sequence of sequences of float
        Seconds, one inner sequence for each process.
    confidence : float
        Between 0 and 1.
    resamples : int
        Synthetic experiments drawn.
    seed : int

    Returns
    -------
    Estimate
    """
    point = median(samples)
    if sum(map(len, samples)) < 2:
        return Estimate(point, point, point, confidence)
    draws = median_draws(samples, resamples, np.random.default_rng(seed))
    if len(samples) == 1 or not draws.min() > 0:
        return _percentiles(point, draws, confidence)
    return _with_error(point, float(np.std(np.log(draws))), len(samples) - 1, confidence)


@dataclass(frozen=True)
class Ratio:
    """The ratio of two medians, ``head / base``, and how well it is known."""

    estimate: Estimate
    log_error: float
    """Standard error of the logarithm of the ratio."""
    freedom: int
    """Degrees of freedom: processes of both sides, less two; 0 where a side has only one."""

    @property
    def p_value(self) -> float | None:
        """Probability of a ratio at least as far from 1 by chance; None without freedom."""
        if not self.freedom:
            return None
        distance = abs(math.log(self.estimate.point))
        if not self.log_error:
            return 0.0 if distance else 1.0
        return two_sided_p(distance / self.log_error, self.freedom)

    def smallest_effect(self, power: float = POWER) -> float | None:
        """Return the smallest slow-down that would have been seen: 0.05 means 5 %.

        A slow-down of this size has an interval above 1 with probability `power`; None without
        freedom.
        """
        if not self.freedom:
            return None
        seen = critical_value(self.estimate.confidence, self.freedom)
        seen += critical_value(2 * power - 1, self.freedom)
        return math.expm1(min(seen * self.log_error, LOG_LIMIT))


def ratio_of_medians(
    base: Samples,
    head: Samples,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Ratio:
    """Estimate the ratio of two medians, ``head / base``: above 1 where head is slower.

    The interval is made as in `median_interval`. With two or three processes a side, percentiles
    cover 74 and 89 % where they should cover 95; this covers 95 or more. With one process on a side
    percentiles are returned, and no p-value.

    Parameters
    ----------
    base, head : sequence of sequences of float
        Seconds, one inner sequence for each process; drawn independently of one another.
    confidence, resamples, seed
        As in `median_interval`.

    Raises
    ------
    ValueError
        If a time is not positive: there is no ratio to it.
    """
    if not all(time > 0 for side in (base, head) for times in side for time in times):
        raise ValueError("a ratio needs positive times")
    point = median(head) / median(base)
    if max(sum(map(len, base)), sum(map(len, head))) < 2:
        return Ratio(Estimate(point, point, point, confidence), 0.0, 0)
    # A stream of its own for each side: what is drawn for one does not depend on the other.
    streams = np.random.default_rng(seed).spawn(2)
    draws = [
        np.log(median_draws(side, resamples, rng))
        for side, rng in zip((base, head), streams, strict=True)
    ]
    differences = draws[1] - draws[0]
    error = float(np.std(differences))
    freedom = len(base) + len(head) - 2 if min(len(base), len(head)) > 1 else 0
    if not freedom:
        return Ratio(_percentiles(point, np.exp(differences), confidence), error, freedom)
    return Ratio(_with_error(point, error, freedom, confidence), error, freedom)


def median_draws(samples: Samples, resamples: int, rng: np.random.Generator) -> Array:
    """Return the median of medians of `resamples` synthetic experiments, shape ``(resamples,)``.

    Raises
    ------
    ValueError
        If there is no process, or one without a time.
    """
    sizes = np.array([len(times) for times in samples])
    if not sizes.size or not sizes.all():
        raise ValueError("every process needs a time")
    table = np.full((sizes.size, sizes.max()), np.inf)
    for row, times in zip(table, samples, strict=True):
        row[: len(times)] = times
    table.sort(axis=1)
    step = max(1, CHUNK // sizes.size)
    return np.concatenate(
        [_draw(table, sizes, min(step, resamples - i), rng) for i in range(0, resamples, step)]
    )


def _draw(table: Array, sizes: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Draw experiments from processes in rows, each sorted, and padded to a common length.

    The median of n runs drawn from n is one of them or the middle of two, and the ranks of those
    are those of the middle order statistics of n uniform numbers: a beta variable, and for an
    even n the smallest of the numbers above it. So that one or two numbers are drawn, not n.
    """
    processes = rng.integers(len(sizes), size=(resamples, len(sizes)))
    n = sizes[processes]
    middle = (n + 1) // 2
    low = rng.beta(middle, n + 1 - middle)
    high = low + np.where(n % 2, 0.0, 1 - low) * rng.beta(1, np.maximum(n - middle, 1))
    ranks = (np.minimum((n * place).astype(int), n - 1) for place in (low, high))
    lower, upper = (table[processes, rank] for rank in ranks)
    medians = (lower + upper) / 2
    result: Array = medians[:, 0] if len(sizes) == 1 else np.median(medians, axis=1)
    return result


def critical_value(confidence: float, freedom: int) -> float:
    """Return the t between whose negative and itself Student's t lies with `confidence`."""
    from scipy.special import stdtrit  # a fifth of a second, and only comparisons need it

    return float(stdtrit(freedom, (1 + confidence) / 2))


def two_sided_p(t: float, freedom: int) -> float:
    """Return the probability of a Student's t at least as far from zero as `t`."""
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -abs(t)))


def _with_error(point: float, log_error: float, freedom: int, confidence: float) -> Estimate:
    """Return the interval of a quantity whose logarithm has this standard error."""
    factor = math.exp(min(critical_value(confidence, freedom) * log_error, LOG_LIMIT))
    return Estimate(point, point / factor, point * factor, confidence)


def _percentiles(point: float, draws: Array, confidence: float) -> Estimate:
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(point, float(low), float(high), confidence)
