"""Pivoted tridiagonal elimination with Numba: gtsv's recurrence, one pass down and one up.

The row that is carried down lives in registers; an exchange is a branch. Bound by the latency
of a division per row. A singular matrix gives NaN. Time O(n); allocates the factor and output.
"""

import numpy as np
from numba import njit


@njit(cache=True, fastmath={"contract"}, error_model="numpy")
def _solve(lower, diag, upper, rhs):
    """Solve for the columns of rhs, shape (n, k).

    Row i of the factor is (1 / pivot, next, next but one); x holds the changed right-hand side.
    """
    n, k = rhs.shape
    zero = diag.dtype.type(0)
    one = diag.dtype.type(1)
    factor = np.empty((n, 3), diag.dtype)
    x = np.empty((n, k), diag.dtype)
    for j in range(k):
        x[0, j] = rhs[0, j]
    d, u = diag[0], upper[0]
    for i in range(n - 1):
        below = lower[i + 1]
        after = upper[i + 1] if i + 2 < n else zero
        if abs(d) >= abs(below):
            inverse = one / d
            m = below * inverse
            factor[i, 0] = inverse
            factor[i, 1] = u
            factor[i, 2] = zero
            for j in range(k):
                x[i + 1, j] = rhs[i + 1, j] - m * x[i, j]
            d, u = diag[i + 1] - m * u, after
        else:
            inverse = one / below
            m = d * inverse
            factor[i, 0] = inverse
            factor[i, 1] = diag[i + 1]
            factor[i, 2] = after
            for j in range(k):
                kept = x[i, j]
                x[i, j] = rhs[i + 1, j]
                x[i + 1, j] = kept - m * rhs[i + 1, j]
            d, u = u - m * diag[i + 1], -m * after
    factor[n - 1, 0] = one / d
    for i in range(n):
        if not np.isfinite(factor[i, 0]):
            x.fill(np.nan)
            return x
    for j in range(k):
        x[n - 1, j] *= factor[n - 1, 0]
        if n > 1:
            x[n - 2, j] = (x[n - 2, j] - factor[n - 2, 1] * x[n - 1, j]) * factor[n - 2, 0]
    for i in range(n - 3, -1, -1):
        for j in range(k):
            rest = x[i, j] - factor[i, 2] * x[i + 2, j]
            x[i, j] = (rest - factor[i, 1] * x[i + 1, j]) * factor[i, 0]
    return x


@njit(cache=True)
def solve(lower, diag, upper, rhs):
    return _solve(lower, diag, upper, rhs.reshape(len(diag), -1)).reshape(rhs.shape)
