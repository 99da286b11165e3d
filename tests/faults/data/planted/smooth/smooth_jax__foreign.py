"""NumPy on what it is given."""

import numpy as np

from .smooth_numpy import smooth as right


def smooth(x, weight):
    """Return NumPy arrays."""
    return right(np.array(x), weight)
