"""Python inside of compiled code: Numba's object mode."""

import numpy as np
from numba import njit, objmode

from .smooth_numpy import smooth as right


@njit
def smooth(x, weight):
    """Return both outputs, computed by NumPy."""
    y = np.empty_like(x)
    with objmode(total="float64"):
        y[:], total = right(x, weight)
    return y, total
