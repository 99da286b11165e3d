"""Student's t distribution for whole degrees of freedom, without SciPy.

The finite series are those of Abramowitz and Stegun, *Handbook of Mathematical Functions*,
26.7.3 and 26.7.4.
"""

from __future__ import annotations

import functools
import math


def central_probability(t: float, freedom: int) -> float:
    """Return the probability that a t variate lies between ``-abs(t)`` and ``abs(t)``.

    Parameters
    ----------
    t : float
        May be infinite.
    freedom : int
        Degrees of freedom, at least 1.
    """
    if freedom < 1:
        raise ValueError("Student's t needs at least one degree of freedom")
    angle = math.atan(abs(t) / math.sqrt(freedom))
    cosine2 = math.cos(angle) ** 2
    term, total = 1.0, 0.0
    odd = freedom % 2
    for k in range(odd, freedom - 1, 2):  # ends with the power freedom - 2 of the cosine
        total += term
        term *= cosine2 * (k + 1) / (k + 2)
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * math.cos(angle) * total)
    return math.sin(angle) * total


def two_sided_p(t: float, freedom: int) -> float:
    """Return the probability of a t variate at least as far from zero as `t`."""
    return max(0.0, 1.0 - central_probability(t, freedom))


@functools.lru_cache(maxsize=256)
def critical_value(confidence: float, freedom: int) -> float:
    """Return the t between whose negative and itself a t variate lies with `confidence`."""
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    low, high = 0.0, 1.0
    while central_probability(high, freedom) < confidence:
        high *= 2
    for _ in range(80):  # bisection, to the last bit
        middle = (low + high) / 2
        if central_probability(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high
