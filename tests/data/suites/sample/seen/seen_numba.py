"""Numba reads this one on import."""

from numba import njit

from .initial import seen as look


@njit
def same(value):
    """Return `value`, compiled: an implementation for numba that compiles nothing is refused."""
    return value


def seen():
    """Return the threads that numba was given, and the cores."""
    variable, cores = look("NUMBA_NUM_THREADS")
    return variable, type(cores)(same(cores))
