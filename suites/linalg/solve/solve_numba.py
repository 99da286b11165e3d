"""Numba's own blocked LU (``numba_lu``), then two substitutions along rows.

Allocates a copy of the matrix and the packed panels. O(n^3). A singular matrix gives infinities
or NaN.
"""

from numba import njit

from ..numba_lu import factor_in_place


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def substitute(lu, x):
    """Replace x by the solution of L U y = x."""
    n = len(x)
    for i in range(1, n):
        total = x[i]
        for k in range(i):
            total -= lu[i, k] * x[k]
        x[i] = total
    for i in range(n - 1, -1, -1):
        total = x[i]
        for k in range(i + 1, n):
            total -= lu[i, k] * x[k]
        x[i] = total / lu[i, i]
    return x


def solve(a, b):
    lu = a.copy()
    order = factor_in_place(lu)
    return substitute(lu, b[order])
