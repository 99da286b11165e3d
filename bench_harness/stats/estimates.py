"""Point estimates, from samples nested in processes; `bootstrap` has their intervals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

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
    return float(statistics.median(statistics.median(times) for times in samples))


def mean(samples: Sequence[Sequence[float]]) -> float:
    """Return the mean over processes of each process's mean."""
    return statistics.fmean(statistics.fmean(times) for times in samples)


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
