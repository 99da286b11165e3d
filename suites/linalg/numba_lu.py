"""LU factorisation in place, right-looking and blocked, for Numba's `lu` and `solve`.

The loop over blocks is plain Python around compiled parts, some microseconds a block: Numba would
compile the product once more inside it, which takes longer than all the rest.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .numba_gemm import add_product

BLOCK = 32
"""Columns factorised at a time; the rest of the work is matrix products."""


_internal = njit(
    error_model="numpy", fastmath={"contract"}, no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@_internal
def _factor_panel(panel, pivots):
    """Factorise a tall panel in place, rows interchanged; `pivots` gets the rows taken.

    The first of several largest entries is taken. A zero pivot leaves its column alone.
    """
    rows, columns = panel.shape
    for k in range(columns):
        best = k
        for i in range(k + 1, rows):
            if abs(panel[i, k]) > abs(panel[best, k]):
                best = i
        pivots[k] = best
        if best != k:
            for j in range(columns):
                panel[k, j], panel[best, j] = panel[best, j], panel[k, j]
        pivot = panel[k, k]
        if pivot == 0:
            continue
        for i in range(k + 1, rows):
            factor = panel[i, k] / pivot
            panel[i, k] = factor
            for j in range(k + 1, columns):
                panel[i, j] -= factor * panel[k, j]


@_internal
def _exchange_rows(lu, pivots, top, first, last):
    """Apply the interchanges of a panel to columns ``first:last``."""
    for k in range(len(pivots)):
        a, b = top + k, top + pivots[k]
        if a != b:
            for j in range(first, last):
                lu[a, j], lu[b, j] = lu[b, j], lu[a, j]


@_internal
def _solve_unit_lower(lu, top, size, first, last):
    """Replace rows ``top:top+size`` of columns ``first:last`` by L^-1 times them."""
    for i in range(top + 1, top + size):
        for k in range(top, i):
            factor = lu[i, k]
            for j in range(first, last):
                lu[i, j] -= factor * lu[k, j]


@njit(cache=True, error_model="numpy")
def _eliminate(lu, order, top, end):
    """Factorise columns ``top:end``, and bring the other columns of these rows up to date."""
    panel = lu[top:, top:end].copy()
    pivots = np.empty(end - top, np.int64)
    _factor_panel(panel, pivots)
    for i in range(len(panel)):
        for j in range(end - top):
            lu[top + i, top + j] = panel[i, j]
    for k in range(len(pivots)):
        a, b = top + k, top + pivots[k]
        order[a], order[b] = order[b], order[a]
    _exchange_rows(lu, pivots, top, 0, top)
    _exchange_rows(lu, pivots, top, end, lu.shape[0])
    _solve_unit_lower(lu, top, end - top, end, lu.shape[0])


def factor_in_place(lu: np.ndarray) -> np.ndarray:
    """Overwrite a square matrix with its factors; return the order of its rows.

    Elimination with partial pivoting: ``a[order] = L U``, L unit lower triangular, U upper
    triangular, both in `lu`. Singular matrices have zeros on the diagonal of U.

    Parameters
    ----------
    lu : ndarray of shape (n, n)
        C-contiguous.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    n = len(lu)
    order = np.arange(n)
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        _eliminate(lu, order, top, end)
        if end < n:
            add_product(-1, lu, end, top, lu, top, end, lu, end, end, n - end, n - end, end - top)
    return order
