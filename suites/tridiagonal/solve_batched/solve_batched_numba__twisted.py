"""Batched tridiagonal systems with Numba: elimination from both ends, one system at a time.

The two halves are independent recurrences that share the pipeline, which halves the latency
of the division that binds Thomas' elimination; they meet in a system of 2 x 2. Without pivoting.
Systems run in parallel. Time O(batch n); allocates the output and an array of n per system.
"""

import numpy as np
from numba import njit, prange

_scalar = njit(cache=True, fastmath={"contract"}, error_model="numpy")


@_scalar
def advance(one, a, d, c, b, ratio, value):
    """Eliminate x_old = value - ratio x from a x_old + d x + c x_new = b.

    `one` is 1 in the dtype of the rest: a literal would promote float32 to float64.
    """
    inverse = one / (d - a * ratio)
    return c * inverse, (b - a * value) * inverse


@_scalar
def meet(one, ratio, value, ratio_2, value_2):
    """Solve x + ratio y = value, ratio_2 x + y = value_2."""
    inverse = one / (one - ratio * ratio_2)
    return (value - ratio * value_2) * inverse, (value_2 - ratio_2 * value) * inverse


@_scalar
def eliminate(lower, diag, upper, rhs, x):
    """Solve one system: rows below n // 2 from the top, the others from the bottom."""
    n = len(diag)
    if n == 1:
        x[0] = rhs[0] / diag[0]
        return
    half, one = n // 2, diag.dtype.type(1)
    ratio = np.empty(n, diag.dtype)
    r, v = upper[0] / diag[0], rhs[0] / diag[0]
    s, w = lower[n - 1] / diag[n - 1], rhs[n - 1] / diag[n - 1]
    ratio[0], x[0], ratio[n - 1], x[n - 1] = r, v, s, w
    for i in range(1, half):
        j = n - 1 - i
        r, v = advance(one, lower[i], diag[i], upper[i], rhs[i], r, v)
        s, w = advance(one, upper[j], diag[j], lower[j], rhs[j], s, w)
        ratio[i], x[i], ratio[j], x[j] = r, v, s, w
    if n % 2:
        s, w = advance(one, upper[half], diag[half], lower[half], rhs[half], s, w)
    v, w = meet(one, r, v, s, w)
    x[half - 1], x[half] = v, w
    for i in range(1, half):
        j, k = half - 1 - i, half + i
        v, w = x[j] - ratio[j] * v, x[k] - ratio[k] * w
        x[j], x[k] = v, w
    if n % 2:
        x[n - 1] -= ratio[n - 1] * w


@njit(cache=True, parallel=True, error_model="numpy")
def solve_batched(lower, diag, upper, rhs):
    x = np.empty_like(diag)
    for system in prange(len(diag)):
        eliminate(lower[system], diag[system], upper[system], rhs[system], x[system])
    return x
