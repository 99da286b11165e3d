"""The C library's exp(), one number at a time: what ``np.exp`` means inside ``@njit``.

Without SVML it has no vector form. Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy")
def exp(x):
    y = np.empty_like(x)
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = np.exp(x[i, j])
    return y
