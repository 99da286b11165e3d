"""Householder reflections in blocks, for Numba's `qr`.

A block of reflections is H_1 ... H_b = I - V T V^T with T upper triangular (R. Schreiber and C.
Van Loan, A storage-efficient WY representation, SIAM J. Sci. Stat. Comput. 10, 1989), so that
applying it is three matrix products.

The loop over blocks is plain Python around compiled parts, some microseconds a block: Numba would
compile the product once more inside it, which takes longer than all the rest.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .numba_gemm import add_product

BLOCK = 32
"""Reflections applied at a time."""


_internal = njit(
    error_model="numpy",
    fastmath={"contract", "reassoc"},
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)


@_internal
def _dot(x, y, first):
    total = x.dtype.type(0)
    for i in range(first, len(x)):
        total += x[i] * y[i]
    return total


@_internal
def _factor_panel(columns, vectors, tau):
    """Reduce a panel, given as its columns, to upper triangular form.

    Reflections I - tau v v^T with v[k] = 1 go into `vectors` (zero before k) and `tau`.
    """
    count, m = columns.shape
    for k in range(count):
        x, v = columns[k], vectors[k]
        largest = x.dtype.type(0)
        for i in range(k, m):
            largest = max(largest, abs(x[i]))
        v[:k] = 0
        v[k:] = 0
        v[k] = 1
        tau[k] = 0
        if largest == 0:
            continue
        total = x.dtype.type(0)
        for i in range(k, m):
            total += (x[i] / largest) * (x[i] / largest)
        length = -np.copysign(largest * np.sqrt(total), x[k])
        tau[k] = (length - x[k]) / length
        below = x[k] - length
        for i in range(k + 1, m):
            v[i] = x[i] / below
        x[k] = length
        x[k + 1 :] = 0
        for j in range(k + 1, count):
            other = columns[j]
            factor = tau[k] * _dot(v, other, k)
            for i in range(k, m):
                other[i] -= factor * v[i]


@_internal
def _triangle(vectors, tau):
    """Return T with H_1 ... H_b = I - V T V^T; rows of `vectors` are the columns of V."""
    count = len(tau)
    t = np.zeros((count, count), vectors.dtype)
    for k in range(count):
        t[k, k] = tau[k]
        for i in range(k):
            t[i, k] = -tau[k] * _dot(vectors[i], vectors[k], k)
        for i in range(k):
            total = t.dtype.type(0)
            for j in range(i, k):
                total += t[i, j] * t[j, k]
            t[i, k] = total
    return t


@njit(cache=True, error_model="numpy")
def _reflect(work, top, size):
    """Reduce columns ``top:top+size`` below row `top`; return V^T for these rows, and T."""
    columns = np.ascontiguousarray(work[top:, top : top + size].T)
    vectors = np.empty_like(columns)
    tau = np.empty(size, work.dtype)
    _factor_panel(columns, vectors, tau)
    for i in range(columns.shape[1]):
        for j in range(size):
            work[top + i, top + j] = columns[j, i]
    return vectors, _triangle(vectors, tau)


def apply_block(
    vectors: np.ndarray, t: np.ndarray, target: np.ndarray, top: int, left: int
) -> None:
    """Replace a part of a matrix by (I - V t V^T) times it, in place.

    The part begins at row `top` and column `left`; `vectors` has V^T for these rows.
    """
    count, rows = vectors.shape
    columns = target.shape[1] - left
    inner = np.zeros((count, columns), target.dtype)
    add_product(1, vectors, 0, 0, target, top, left, inner, 0, 0, count, columns, rows)
    scaled = np.zeros((count, columns), target.dtype)
    add_product(1, t, 0, 0, inner, 0, 0, scaled, 0, 0, count, columns, count)
    upright = np.ascontiguousarray(vectors.T)
    add_product(-1, upright, 0, 0, scaled, 0, 0, target, top, left, rows, columns, count)


def factor_in_place(work: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Overwrite a matrix with R; return the blocks of reflections, each as V^T and T."""
    n = work.shape[1]
    blocks = []
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        vectors, t = _reflect(work, top, end - top)
        if end < n:
            apply_block(vectors, np.ascontiguousarray(t.T), work, top, end)
        blocks.append((vectors, t))
    return blocks
