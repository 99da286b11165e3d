"""Standard library only."""

import math


def rms(x):
    """Return the root mean square."""
    return math.sqrt(math.fsum(value * value for value in x) / len(x))
