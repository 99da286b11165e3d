"""Rows shared out among the threads, each one a loop of vector square roots.

Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy")
def sqrt(x):
    y = np.empty_like(x)
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = np.sqrt(x[i, j])
    return y
