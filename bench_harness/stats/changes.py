"""Where the level of a series changed: E-divisive with means of energy distances.

Matteson and James, *A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
Data*, JASA 109 (2014), as used on histories of benchmarks by Daly et al., *The Use of Change
Point Detection to Identify Software Performance Regressions*, ICPE 2020. It assumes no
distribution, needs no penalty to be chosen, and its test says how often chance does as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

MIN_SIZE = 3
"""Points between two changes, at least: one odd run is no new level."""
SIGNIFICANCE = 0.05
PERMUTATIONS = 199

Array = np.ndarray[Any, np.dtype[Any]]


def change_points(
    values: Sequence[float],
    *,
    min_size: int = MIN_SIZE,
    significance: float = SIGNIFICANCE,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> list[int]:
    """Return the positions at which a new level begins, in order.

    Parameters
    ----------
    values : sequence of float
        In the order in which they were measured.
    min_size : int
        Points of a level, at least; 2 or more.
    significance : float
        How often a series without a change may be given one.
    permutations : int
        Orders drawn in the test.
    seed : int
        The same values always give the same answer.
    """
    series = np.asarray(values, dtype=float)
    rng = np.random.default_rng(seed)
    bounds = [0, series.size]
    while True:
        segments = [series[low:high] for low, high in pairwise(bounds)]
        splits = [_best_split(segment, min_size) for segment in segments]
        best = max(range(len(splits)), key=lambda index: splits[index][1])
        where, gain = splits[best]
        if gain <= 0:
            return bounds[1:-1]
        as_good = sum(
            max(_best_split(rng.permutation(segment), min_size)[1] for segment in segments) >= gain
            for _ in range(permutations)
        )
        if (1 + as_good) / (1 + permutations) > significance:
            return bounds[1:-1]
        bounds = sorted([*bounds, bounds[best] + where])


def _best_split(series: Array, min_size: int) -> tuple[int, float]:
    """Return where two neighbouring parts of a series differ most, and by how much.

    The first part begins with the series; the second may end before it does, so that a level
    which comes back is seen too. The measure is the scaled energy distance, equation 5.
    """
    size = series.size
    if size < 2 * min_size:
        return 0, 0.0
    distances = np.zeros((size + 1, size + 1))
    distances[1:, 1:] = np.abs(series[:, None] - series[None, :])
    sums = distances.cumsum(axis=0).cumsum(axis=1)  # [i, j]: of the first i to the first j
    starts = np.arange(min_size, size - min_size + 1)[:, None]
    ends = np.arange(2 * min_size, size + 1)[None, :]
    left, right = starts, np.maximum(ends - starts, 2)
    within_left = sums[starts, starts]
    between = sums[starts, ends] - within_left
    within_right = sums[ends, ends] - within_left - 2 * between
    gains = (left * right / (left + right)) * (
        2 * between / (left * right)
        - within_left / (left * (left - 1))
        - within_right / (right * (right - 1))
    )
    gains[ends - starts < min_size] = 0.0
    best = np.unravel_index(int(np.argmax(gains)), gains.shape)
    return int(starts[best[0], 0]), float(gains[best])
