"""``jnp.linalg.eigh`` of all frames: one LAPACK call a frame (a batched solver on CUDA).

The first column is negated where the axes are left-handed. Allocates the results. O(frames).
"""

import jax.numpy as jnp


def principal_axes(inertia):
    moments, axes = jnp.linalg.eigh(inertia)
    x, y, z = (axes[:, :, k] for k in range(3))
    handed = (jnp.cross(y, z) * x).sum(1)
    first = jnp.where(handed < 0, -1, 1).astype(axes.dtype)[:, None] * x
    return moments, jnp.stack((first, y, z), 2)
