"""L D L^T of all frames at once in one fused loop; eigenvectors only if any frame is singular.

``lax.cond`` keeps the Jacobi form out of the usual call; ``jnp.linalg.solve`` would make one
LAPACK call a frame. Temporaries of (frames,). O(frames).
"""

import jax.numpy as jnp
from jax import lax

from ..eigen3_arrays import components
from ..jax_eigen3 import eigen3
from ..solve3_arrays import RCOND_IN_EPS, along_axes, is_singular, solve3


def angular_velocity(inertia, angular_momentum):
    rcond = RCOND_IN_EPS * float(jnp.finfo(inertia.dtype).eps)
    matrix, vector = components(inertia), tuple(angular_momentum.T)
    solution, pivot = solve3(jnp, matrix, vector)
    singular = is_singular(pivot, matrix, rcond)

    def least_squares():
        other = along_axes(jnp, *eigen3(matrix), vector, rcond)
        pairs = zip(other, solution, strict=True)
        return tuple(jnp.where(singular, a, b) for a, b in pairs)

    return jnp.stack(lax.cond(singular.any(), least_squares, lambda: solution), 1)
