"""Numba's own loops: blocked and right-looking, nearly all of it in ``numba_gemm``.

Blocks of 32 columns; what is left is updated in squares below the diagonal, so that little
above it is computed in vain. Allocates the result and packed panels. O(n^3).
"""

import numpy as np
from numba import njit

from ..numba_gemm import add_product

BLOCK = 32
SQUARE = 128


@njit(error_model="numpy", fastmath={"contract", "reassoc"})
def factor_rows(lower, top, end):
    """Factorise columns ``top:end``, of which earlier columns have been subtracted."""
    for i in range(top, lower.shape[0]):
        for k in range(top, min(i, end)):
            rest = lower[i, k]
            for j in range(top, k):
                rest -= lower[i, j] * lower[k, j]
            lower[i, k] = rest / lower[k, k]
        if i < end:
            rest = lower[i, i]
            for j in range(top, i):
                rest -= lower[i, j] * lower[i, j]
            if not rest > 0:
                return False
            lower[i, i] = np.sqrt(rest)
    return True


@njit(cache=True, error_model="numpy")
def cholesky(a):
    n = a.shape[0]
    lower = a.copy()
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        if not factor_rows(lower, top, end):
            raise np.linalg.LinAlgError("the matrix is not positive definite")
        across = lower[end:, top:end].T.copy()
        for left in range(end, n, SQUARE):
            width = min(SQUARE, n - left)
            add_product(
                -1, lower, left, top, across, 0, left - end, lower, left, left,
                n - left, width, end - top,
            )  # fmt: skip
    for i in range(n):
        lower[i, i + 1 :] = 0
    return lower
