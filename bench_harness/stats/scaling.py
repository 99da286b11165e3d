"""How time grows with size: ``t = a + b n**alpha``, and where one backend overtakes another.

The fixed part `a` is what a call costs however little it does; `alpha` is the exponent of growth.
Pure functions of sizes and resampled times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness.stats.estimates import CONFIDENCE, Estimate

Array = np.ndarray[Any, np.dtype[np.float64]]

STEP = 0.05
EXPONENTS = np.arange(0.0, 5.0 + STEP / 2, STEP)
"""Exponents tried: for each of them the best `a` and `b` have a closed form."""

FINER = 10
"""Each of two further rounds looks this much closer around the best exponent."""

MIN_SIZES = 4
"""Three parameters are fitted, and a fit through all its points would show no error."""

GRID = 400
"""Sizes, evenly spaced in their logarithm, at which two fits are compared."""


@dataclass(frozen=True)
class Fit:
    """``t = a + b n**alpha`` through times measured at several sizes.

    Attributes
    ----------
    a, b, alpha : Estimate
        Seconds, seconds per ``n**alpha``, exponent.
    draws : ndarray, shape (3, r)
        The parameters of every resample: what intervals of derived quantities are made of.
    low, high : float
        The measured range of sizes; beyond it the fit is a guess.
    rel_residual : float
        Root mean square of the relative residuals.
    """

    a: Estimate
    b: Estimate
    alpha: Estimate
    draws: Array
    low: float
    high: float
    rel_residual: float

    def at(self, size: float) -> Estimate:
        """Return the time at a size, in seconds."""
        point = self.a.point + self.b.point * size**self.alpha.point
        return estimate(point, self.drawn_at(size))

    def drawn_at(self, size: float) -> Array:
        """Return the time at a size for every resample, in seconds; shape (r,)."""
        a, b, alpha = self.draws
        drawn: Array = a + b * size**alpha
        return drawn


@dataclass(frozen=True)
class Crossover:
    """The size from which on one backend is faster than another.

    Attributes
    ----------
    size : Estimate or None
        None if the two do not cross within the measured range.
    certainty : float
        Share of the resamples that cross within the range.
    """

    size: Estimate | None
    certainty: float


def fit(sizes: Sequence[float], times: Array, draws: Array) -> Fit:
    """Fit ``t = a + b n**alpha`` with ``a, b >= 0`` to the least squares of relative residuals.

    The times of a resample carry the scatter of the residuals as well, since what differs
    between processes and sizes (alignment, caches) is not seen within one process.

    Parameters
    ----------
    sizes : sequence of float, shape (m,)
        Positive, at least `MIN_SIZES` different ones.
    times : ndarray, shape (m,)
        Seconds per call at each size.
    draws : ndarray, shape (m, r)
        The same resampled r times.

    Raises
    ------
    ValueError
        For fewer sizes, or sizes and times that are not positive.
    """
    n = np.asarray(sizes, dtype=float)
    if np.unique(n).size < MIN_SIZES:
        raise ValueError(f"a fit needs {MIN_SIZES} sizes, not {np.unique(n).size}")
    if not (np.all(n > 0) and np.all(times > 0) and np.all(draws > 0)):
        raise ValueError("sizes and times must be positive")
    a, b, alpha = (float(parameter[0]) for parameter in _least_squares(n, times[:, None]))
    relative = (a + b * n**alpha) / times - 1
    freedom = max(1, n.size - 3)
    scatter = float(np.sqrt(np.sum(relative**2) / freedom))
    # Student's t, since the scatter itself is estimated from few residuals.
    noise = np.random.default_rng(0).standard_t(freedom, draws.shape)
    drawn = _least_squares(n, draws * np.exp(scatter * noise))
    return Fit(
        a=estimate(a, drawn[0]),
        b=estimate(b, drawn[1]),
        alpha=estimate(alpha, drawn[2]),
        draws=drawn,
        low=float(n.min()),
        high=float(n.max()),
        rel_residual=float(np.sqrt(np.mean(relative**2))),
    )


def crossover(slower_at_first: Fit, faster_later: Fit) -> Crossover:
    """Return the size from which `faster_later` beats `slower_at_first`, within both ranges."""
    low = max(slower_at_first.low, faster_later.low)
    high = min(slower_at_first.high, faster_later.high)
    if low >= high:
        return Crossover(None, 0.0)
    grid = np.geomspace(low, high, GRID)
    point = _crossing(grid, _points(slower_at_first), _points(faster_later))
    drawn = _crossing(grid, slower_at_first.draws, faster_later.draws)
    seen = drawn[np.isfinite(drawn)]
    if not np.isfinite(point[0]) or not seen.size:
        return Crossover(None, seen.size / drawn.size)
    return Crossover(estimate(float(point[0]), seen), seen.size / drawn.size)


def _points(fitted: Fit) -> Array:
    return np.array([[p.point] for p in (fitted.a, fitted.b, fitted.alpha)])


def _crossing(grid: Array, first: Array, second: Array) -> Array:
    """Return, per column of parameters, the size where the second becomes the faster; or NaN."""

    def times(parameters: Array) -> Array:
        a, b, alpha = (p[:, None] for p in parameters)
        curve: Array = a + b * grid**alpha
        return curve

    gain = np.log(times(first) / times(second))  # positive where the second is faster
    change = (gain[:, :-1] <= 0) & (gain[:, 1:] > 0)
    at = change.argmax(axis=1)
    rows = np.arange(len(at))
    left, right = gain[rows, at], gain[rows, at + 1]
    share = np.clip(-left / np.where(right > left, right - left, 1.0), 0.0, 1.0)
    sizes = np.exp(np.log(grid[at]) + share * np.log(grid[1] / grid[0]))
    crossing: Array = np.where(change.any(axis=1), sizes, np.nan)
    return crossing


def _least_squares(n: Array, times: Array) -> Array:
    """Return a, b and alpha of the best fit to every column of times; shape (3, r)."""
    columns = times.shape[1]
    best, found = np.full(columns, np.inf), np.zeros((3, columns))
    coarse, fine = (np.linspace(-step, step, 2 * FINER + 1) for step in (STEP, STEP / FINER))
    for offsets in (EXPONENTS, coarse, fine):
        centre = found[2].copy()
        for offset in offsets:
            alpha = np.maximum(centre + offset, 0.0)
            a, b, loss = _linear_fit(n, times, alpha)
            better = loss < best
            best[better] = loss[better]
            found[:, better] = np.array([a, b, alpha])[:, better]
    return found


def _linear_fit(n: Array, times: Array, alpha: Array) -> tuple[Array, Array, Array]:
    """Return a, b and the loss for given exponents, one per column of times.

    The model is linear in `a` and `b`; if the unconstrained optimum has one of them negative, the
    constrained one has it zero.
    """
    scale = n.max()  # powers of n / n.max() neither overflow nor lose the smallest sizes
    ones = 1 / times
    power = (n[:, None] / scale) ** alpha / times
    oo, op, pp = (ones * ones).sum(0), (ones * power).sum(0), (power * power).sum(0)
    o, p = ones.sum(0), power.sum(0)
    determinant = oo * pp - op * op
    singular = determinant <= 1e-12 * oo * pp  # alpha = 0: `a` and `b` are one
    safe = np.where(singular, 1.0, determinant)
    a, b = (o * pp - p * op) / safe, (oo * p - op * o) / safe
    only_b = singular | (a < 0)
    a, b = np.where(only_b, 0.0, a), np.where(only_b, p / pp, b)
    a, b = np.where(b < 0, o / oo, a), np.maximum(b, 0.0)
    loss = ((a * ones + b * power - 1) ** 2).sum(0)
    return a, b / scale**alpha, loss


def estimate(point: float, draws: Array) -> Estimate:
    """Return the point with the percentile interval of its resamples."""
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(point, float(low), float(high), CONFIDENCE)
