"""Point estimates with intervals, from samples nested in processes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with the interval it lies in at the given confidence."""

    point: float
    low: float
    high: float
    confidence: float = CONFIDENCE


def median(samples: Sequence[Sequence[float]]) -> float:
    """Return the median over processes of each process's median.

    Processes are the replicates: samples of one process share its memory layout and its
    neighbours, and are not independent of one another.
    """
    return float(np.median([np.median(times) for times in samples]))


def mean(samples: Sequence[Sequence[float]]) -> float:
    """Return the mean over processes of each process's mean."""
    return float(np.mean([np.mean(times) for times in samples]))


def interval(
    samples: Sequence[Sequence[float]],
    statistic: Callable[[Sequence[Sequence[float]]], float] = median,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Estimate a statistic with a percentile interval by hierarchical bootstrap.

    Processes are drawn with replacement, then the runs within each drawn process (Davison and
    Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8). With one process the
    interval covers the variation within that process only.

    Parameters
    ----------
    samples : sequence of sequences of float
        Seconds, one inner sequence per process.
    statistic : callable
    confidence : float
        Between 0 and 1.
    resamples : int
    """
    point = statistic(samples)
    if sum(map(len, samples)) < 2:
        return Estimate(point, point, point, confidence)
    rng = np.random.default_rng(0)  # the same samples give the same interval
    arrays = [np.asarray(times) for times in samples]
    if statistic in (median, mean) and len({array.size for array in arrays}) == 1:
        reduce = np.median if statistic is median else np.mean  # all resamples at once
        matrix, shape = np.array(arrays), (resamples, *np.shape(arrays))
        processes = rng.integers(shape[1], size=(*shape[:2], 1))
        drawn = matrix[processes, rng.integers(shape[2], size=shape)]
        values = reduce(reduce(drawn, axis=2), axis=1)
    else:
        values = np.array([statistic(_resample(arrays, rng)) for _ in range(resamples)])
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(point, float(low), float(high), confidence)


def _resample(arrays: Sequence[np.ndarray], rng: np.random.Generator) -> Any:
    """Draw one synthetic experiment: processes, then runs within each."""
    chosen = rng.integers(len(arrays), size=len(arrays))
    return [rng.choice(arrays[i], size=arrays[i].size) for i in chosen]


def break_even_calls(
    first_s: float, steady_s: float, reference_first_s: float, reference_steady_s: float
) -> int | None:
    """Return after how many calls a backend has paid back its first call.

    Parameters
    ----------
    first_s, steady_s : float
        Seconds of the first call, and of each later one.
    reference_first_s, reference_steady_s : float
        The same of the reference.

    Returns
    -------
    int or None
        The smallest number of calls n with ``first + (n - 1) * steady`` at most the
        reference's; None if there is none, since each call is slower.
    """
    if first_s <= reference_first_s:
        return 1
    gain = reference_steady_s - steady_s
    if gain <= 0:
        return None
    return 1 + math.ceil((first_s - reference_first_s) / gain)
