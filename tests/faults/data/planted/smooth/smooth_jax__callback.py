"""NumPy on the host, called from compiled code."""

import jax
import numpy as np

from .smooth_numpy import smooth as right


def smooth(x, weight):
    """Return both outputs, computed by NumPy."""
    shapes = jax.ShapeDtypeStruct(x.shape, x.dtype), jax.ShapeDtypeStruct((), x.dtype)
    return jax.pure_callback(lambda x, w: right(np.asarray(x), np.asarray(w)), shapes, x, weight)
