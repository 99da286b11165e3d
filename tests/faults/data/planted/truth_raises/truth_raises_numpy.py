"""Correct."""


def truth_raises(x):
    """Return the double."""
    return 2 * x
