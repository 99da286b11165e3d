"""Derivatives by central differences, for backends without autodiff.

The step of an entry is ``eps**(1/3)`` (first derivatives) or ``eps**(1/4)`` (second ones) of the
argument's dtype times the entry's magnitude, or times a thousandth of the largest magnitude of
its array where that is more, or times 1 where the array is zero. Truncation and rounding then
are of the same order: about ``eps**(2/3)`` (4e-11 in float64, 2e-5 in float32) of the
function's own scale for a first derivative, ``eps**(1/2)`` for a second one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from bench_harness.errors import DifferentiationError

TAKING: ContextVar[bool] = ContextVar("taking_differences", default=False)
"""True while a function is called to be differenced: `detach` has no meaning there."""

Evaluate = Callable[[np.ndarray], np.ndarray]
"""From the argument to the function's value, both NumPy; complex values stay complex."""


def steps(x: np.ndarray, order: int) -> np.ndarray:
    """Return the step of every entry of `x`, such that ``x + step`` is exact.

    Parameters
    ----------
    x : ndarray of float32 or float64
    order : int
        1 or 2: of the derivative.
    """
    size = np.abs(x)
    largest = size.max(initial=0.0)
    scale = np.maximum(size, 1e-3 * largest) if largest > 0 else np.ones_like(x)
    step = np.finfo(x.dtype).eps ** (1 / (order + 2)) * scale
    moved: np.ndarray = (x + step).astype(x.dtype) - x
    return moved


def jacobian(evaluate: Evaluate, x: np.ndarray) -> np.ndarray:
    """Return d evaluate / d x, of shape ``value.shape + x.shape``; 2 calls for each entry."""
    taken = steps(x, 1)
    columns = []
    for index in np.ndindex(x.shape):
        up, down = (_call(evaluate, x, {index: sign * taken[index]}) for sign in (1, -1))
        columns.append((up - down) / (2 * taken[index]))
    if not columns:
        shape = _call(evaluate, x, {}).shape
        return np.empty((*shape, *x.shape), x.dtype)
    jac = np.stack(columns, axis=-1)
    return _finite(jac.reshape(columns[0].shape + x.shape)).astype(columns[0].dtype)


def hessian(evaluate: Evaluate, x: np.ndarray) -> np.ndarray:
    """Return the second derivatives of a scalar function, of shape ``x.shape + x.shape``."""
    taken, n = steps(x, 2), x.size
    middle = float(_call(evaluate, x, {}))
    result = np.empty((n, n))
    for i, j in itertools.combinations_with_replacement(range(n), 2):
        a, b = np.unravel_index(i, x.shape), np.unravel_index(j, x.shape)
        h, k = float(taken[a]), float(taken[b])
        if i == j:
            up, down = (float(_call(evaluate, x, {a: sign * h})) for sign in (1, -1))
            result[i, i] = (up - 2 * middle + down) / h**2
            continue
        corners = [
            s * t * float(_call(evaluate, x, {a: s * h, b: t * k}))
            for s, t in itertools.product((1, -1), repeat=2)
        ]
        result[i, j] = result[j, i] = sum(corners) / (4 * h * k)
    return _finite(result.reshape(x.shape + x.shape)).astype(x.dtype)


def _call(evaluate: Evaluate, x: np.ndarray, moves: dict[Any, Any]) -> np.ndarray:
    moved = x.copy()
    for index, step in moves.items():
        moved[index] += step
    token = TAKING.set(True)
    try:
        return evaluate(moved)
    finally:
        TAKING.reset(token)


def _finite(derivative: np.ndarray) -> np.ndarray:
    if not np.isfinite(derivative).all():
        raise DifferentiationError(
            "The central differences are not finite: the function is not defined, or not finite, "
            "within a step of the point. Move the point, or use a backend with autodiff (torch, "
            "jax)."
        )
    return derivative
