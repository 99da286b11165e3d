"""Correct."""


def nothing_compared(x):
    """Return the double."""
    return 2 * x
