"""Overwrites its input."""


def pair(x):
    """Return both outputs, the first in the place of the input."""
    minus = x - 1
    x += 1
    return x, minus
