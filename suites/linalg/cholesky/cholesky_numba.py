"""Numba's own loops: blocked and right-looking, nearly all of it in ``numba_gemm``.

Blocks of 32 columns; what is left is updated in squares below the diagonal, so that little
above it is computed in vain. Allocates the result and packed panels. O(n^3).
"""

import numpy as np
from numba import njit

from ..numba_gemm import add_product

BLOCK = 32
SQUARE = 128


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
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


@njit(cache=True)
def clear_above(lower):
    """Put zeros above the diagonal."""
    for i in range(lower.shape[0]):
        lower[i, i + 1 :] = 0


def cholesky(a):
    n = len(a)
    lower = a.copy()
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        depth = end - top
        if not factor_rows(lower, top, end):
            raise np.linalg.LinAlgError("the matrix is not positive definite")
        across = np.ascontiguousarray(lower[end:, top:end].T)
        for k in range(end, n, SQUARE):
            width = min(SQUARE, n - k)
            add_product(-1, lower, k, top, across, 0, k - end, lower, k, k, n - k, width, depth)
    clear_above(lower)
    return lower
