"""Point estimates, from samples nested in processes; `bootstrap` has their intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

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
    # Of short lists `statistics` takes the median in a fortieth of NumPy's time.
    if len(samples) == 1:
        return float(statistics.median(samples[0]))
    return float(statistics.median(statistics.median(times) for times in samples))


def mean(samples: Sequence[Sequence[float]]) -> float:
    """Return the mean over processes of each process's mean."""
    return statistics.fmean(statistics.fmean(times) for times in samples)


def outliers(samples: Sequence[Sequence[float]]) -> int:
    """Return how many runs are outliers of their process: reported, and never left out.

    Further than 1.5 interquartile ranges from the quartiles (Tukey, *Exploratory Data Analysis*,
    1977).
    """
    count = 0
    for times in samples:
        low, high = np.quantile(times, [0.25, 0.75])
        reach = 1.5 * (high - low)
        count += sum(not low - reach <= time <= high + reach for time in times)
    return count


def median_margin(times_s: Sequence[float], confidence: float = CONFIDENCE) -> float:
    """Return half the width of the median's interval over the median, within one process.

    The interval is that of order statistics: distribution-free, and as cheap as a sort (Conover,
    *Practical Nonparametric Statistics*, 1999, section 3.2). Infinite for too few samples.
    """
    ordered = sorted(times_s)
    n = len(ordered)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(n) / 2
    low, high = math.floor(n / 2 - reach) - 1, math.ceil(n / 2 + reach)
    if low < 0 or high >= n or ordered[n // 2] <= 0:
        return math.inf
    return (ordered[high] - ordered[low]) / 2 / ordered[n // 2]


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
