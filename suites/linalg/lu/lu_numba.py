"""Numba's own loops: blocked and right-looking, nearly all of it in ``numba_gemm``.

Panels of 32 columns are factorised in a contiguous copy. Allocates the results and packed panels.
O(n^3).
"""

import numpy as np
from numba import njit

from ..numba_lu import factor_in_place


@njit(cache=True)
def split(packed):
    """Return L and leave U."""
    lower = np.zeros_like(packed)
    for i in range(packed.shape[0]):
        for j in range(i):
            lower[i, j] = packed[i, j]
            packed[i, j] = 0
        lower[i, i] = 1
    return lower


def lu(a):
    upper = a.copy()
    p = factor_in_place(upper)
    return p, split(upper), upper
