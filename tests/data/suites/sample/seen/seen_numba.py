"""Numba reads this one on import."""

from .initial import seen as look


def seen():
    """Return the threads that numba was given, and the cores."""
    return look("NUMBA_NUM_THREADS")
