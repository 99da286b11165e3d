"""The NumPy form."""

import cupynumeric as cn


def rms(x):
    """Return the root mean square."""
    return cn.sqrt(cn.mean(x * x))
