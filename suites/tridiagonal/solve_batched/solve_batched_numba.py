"""Batched tridiagonal systems with Numba: Thomas' elimination on blocks of SIMD lanes.

Blocks of 16 systems are copied into lanes, so that one vector instruction works on a row of
several systems: it hides the latency of the division that binds a single recurrence. Fewer
systems than that are eliminated from both ends (variant `twisted`). Blocks run in parallel.
Time O(batch n); allocates the output and 4 x 16 n numbers per block.
"""

import numpy as np
from numba import njit, prange

from .solve_batched_numba__twisted import solve_batched as solve_twisted

LANES = 16


@njit(cache=True, fastmath={"contract"}, error_model="numpy")
def _eliminate(lower, diag, upper, rhs, x, work):
    """Solve LANES systems; work is (4, n, LANES): lower, diag, upper, rhs."""
    n = diag.shape[1]
    a, d, c, b = work[0], work[1], work[2], work[3]
    for s in range(LANES):
        for i in range(n):
            a[i, s] = lower[s, i]
            d[i, s] = diag[s, i]
            c[i, s] = upper[s, i]
            b[i, s] = rhs[s, i]
    one = diag.dtype.type(1)
    for s in range(LANES):
        d[0, s] = one / d[0, s]
    for i in range(1, n):
        for s in range(LANES):
            factor = a[i, s] * d[i - 1, s]
            b[i, s] -= factor * b[i - 1, s]
            d[i, s] = one / (d[i, s] - factor * c[i - 1, s])
    for s in range(LANES):
        b[n - 1, s] *= d[n - 1, s]
    for i in range(n - 2, -1, -1):
        for s in range(LANES):
            b[i, s] = (b[i, s] - c[i, s] * b[i + 1, s]) * d[i, s]
    for s in range(LANES):
        for i in range(n):
            x[s, i] = b[i, s]


@njit(cache=True, parallel=True, error_model="numpy")
def _solve_lanes(lower, diag, upper, rhs):
    batch, n = diag.shape
    x = np.empty_like(diag)
    for block in prange((batch + LANES - 1) // LANES):
        begin = min(block * LANES, batch - LANES)  # the last block repeats some systems
        work = np.empty((4, n, LANES), diag.dtype)
        end = begin + LANES
        _eliminate(
            lower[begin:end], diag[begin:end], upper[begin:end], rhs[begin:end], x[begin:end], work
        )
    return x


def solve_batched(lower, diag, upper, rhs):
    if len(diag) < LANES:
        return solve_twisted(lower, diag, upper, rhs)
    return _solve_lanes(lower, diag, upper, rhs)
