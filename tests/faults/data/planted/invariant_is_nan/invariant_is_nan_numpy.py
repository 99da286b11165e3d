"""Correct."""


def invariant_is_nan(x):
    """Return the double."""
    return 2 * x
