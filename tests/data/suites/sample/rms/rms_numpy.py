"""The reference."""

import numpy as np


def rms(x):
    """Return the root mean square."""
    return np.sqrt(np.mean(x * x))
