"""One loop."""

import numpy as np
from numba import njit


@njit(error_model="numpy")
def smooth(x, weight):
    """Return both outputs."""
    y, total = x.copy(), x[0] + x[-1]
    for i in range(1, len(x) - 1):
        y[i] = weight * (x[i - 1] + x[i + 1])
        total += y[i]
    return y, np.float64(total)
