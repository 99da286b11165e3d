"""Correct."""


def bound_raises(x):
    """Return the double."""
    return 2 * x
