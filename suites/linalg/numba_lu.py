"""LU factorisation in place, right-looking and blocked, for Numba's `lu` and `solve`."""

from __future__ import annotations

import numpy as np
from numba import njit

from .numba_gemm import add_product

BLOCK = 32
"""Columns factorised at a time; the rest of the work is matrix products."""


@njit(error_model="numpy", fastmath={"contract"})
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


@njit(error_model="numpy")
def _exchange_rows(lu, order, pivots, top, first, last):
    """Apply the interchanges of a panel to columns ``first:last``, and to `order` if first is 0."""
    for k in range(len(pivots)):
        a, b = top + k, top + pivots[k]
        if a != b:
            for j in range(first, last):
                lu[a, j], lu[b, j] = lu[b, j], lu[a, j]


@njit(error_model="numpy", fastmath={"contract"})
def _solve_unit_lower(lu, top, size, first, last):
    """Replace rows ``top:top+size`` of columns ``first:last`` by L^-1 times them."""
    for i in range(top + 1, top + size):
        for k in range(top, i):
            factor = lu[i, k]
            for j in range(first, last):
                lu[i, j] -= factor * lu[k, j]


@njit(error_model="numpy")
def factor_in_place(lu):
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
    n = lu.shape[0]
    order = np.arange(n)
    for top in range(0, n, BLOCK):
        size = min(BLOCK, n - top)
        end = top + size
        panel = lu[top:, top:end].copy()
        pivots = np.empty(size, np.int64)
        _factor_panel(panel, pivots)
        lu[top:, top:end] = panel
        for k in range(size):
            a, b = top + k, top + pivots[k]
            order[a], order[b] = order[b], order[a]
        _exchange_rows(lu, order, pivots, top, 0, top)
        _exchange_rows(lu, order, pivots, top, end, n)
        if end < n:
            _solve_unit_lower(lu, top, size, end, n)
            add_product(-1, lu, end, top, lu, top, end, lu, end, end, n - end, n - end, size)
    return order
