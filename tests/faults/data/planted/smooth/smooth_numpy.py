"""The reference."""

import numpy as np


def smooth(x, weight):
    """Return the weighted sum of the neighbours of every entry, the ends as they are; the sum."""
    y = x.copy()
    y[1:-1] = weight * (x[:-2] + x[2:])
    return y, np.sum(y)
