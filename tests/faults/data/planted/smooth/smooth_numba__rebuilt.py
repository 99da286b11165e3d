"""Compiled again on every call."""

import numpy as np
from numba import njit


def smooth(x, weight):
    """Return both outputs."""

    @njit
    def loop(x, weight):
        y = x.copy()
        for i in range(1, len(x) - 1):
            y[i] = weight * (x[i - 1] + x[i + 1])
        return y

    y = loop(x, weight)
    return y, np.sum(y)
