"""Rows shared out among the threads, each one a loop that LLVM vectorises.

Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy")
def mul(a, b):
    c = np.empty_like(a)
    for i in prange(a.shape[0]):
        for j in range(a.shape[1]):
            c[i, j] = a[i, j] * b[i, j]
    return c
