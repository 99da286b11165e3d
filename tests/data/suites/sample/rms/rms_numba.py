"""One pass, no temporaries."""

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def rms(x):
    """Return the root mean square."""
    total = 0.0
    for value in x:
        total += value * value
    return np.full(1, np.sqrt(total / x.size), x.dtype).reshape(())
