"""A backend argument that changes nothing: NumPy, under the name of Numba."""

from .smooth_numpy import smooth as right


def smooth(x, weight):
    """Return both outputs."""
    return right(x, weight)
