"""The C library's log(), one number at a time: what ``np.log`` means inside ``@njit``.

Without SVML it has no vector form. Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy")
def log(x):
    y = np.empty_like(x)
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = np.log(x[i, j])
    return y
