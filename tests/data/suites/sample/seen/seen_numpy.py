"""NumPy's BLAS reads this one on import."""

from .initial import seen as look


def seen():
    """Return the threads that BLAS was given, and the cores."""
    return look("OPENBLAS_NUM_THREADS")
