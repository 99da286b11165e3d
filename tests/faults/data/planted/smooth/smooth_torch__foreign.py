"""Another backend's arrays."""

from .smooth_numpy import smooth as right


def smooth(x, weight):
    """Return NumPy arrays."""
    return right(x.numpy(), weight)
