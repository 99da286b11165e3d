"""Right at first; each call corrupts the input of the next."""

import numpy as np


def smooth(x, weight):
    """Return both outputs, the first in the memory of the input."""
    ends = x[0], x[-1]
    x[1:-1] = weight * (x[:-2] + x[2:])
    x[0], x[-1] = ends
    return x, np.sum(x)
