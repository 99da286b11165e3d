"""Numba's own loops: blocked and right-looking, nearly all of it in ``numba_gemm``.

Panels of 32 columns are factorised in a contiguous copy. Allocates the results and one more
matrix. O(n^3).
"""

import numpy as np
from numba import njit

from ..numba_lu import factor_in_place


@njit(cache=True)
def lu(a):
    n = a.shape[0]
    upper = a.copy()
    p = factor_in_place(upper)
    lower = np.zeros_like(a)
    for i in range(n):
        for j in range(i):
            lower[i, j] = upper[i, j]
            upper[i, j] = 0
        lower[i, i] = 1
    return p, lower, upper
