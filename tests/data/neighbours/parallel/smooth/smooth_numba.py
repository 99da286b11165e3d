"""All cores, by OpenMP: each waits for the slowest at the end of every call."""

import numpy as np
from numba import njit, prange


@njit(parallel=True)
def smooth(x):
    """Return `x` after ten rounds."""
    y = np.empty_like(x)
    for i in prange(x.size):
        value = x[i]
        for _ in range(10):
            value = 0.5 * value * (1 - value) + 0.25
        y[i] = value
    return y
