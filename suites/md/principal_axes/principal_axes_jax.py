"""Jacobi rotations of all frames at once: sweeps as a ``fori_loop``, frames as SIMD lanes.

Several times as fast as ``jnp.linalg.eigh`` (the variant ``lapack``), which makes one LAPACK call
a frame. Temporaries of (15, frames). O(frames).
"""

import jax.numpy as jnp

from ..eigen3_arrays import components
from ..jax_eigen3 import eigen3


def principal_axes(inertia):
    values, columns = eigen3(components(inertia))
    axes = jnp.stack([jnp.stack(column, 1) for column in columns], 2)
    return jnp.stack(values, 1), axes
