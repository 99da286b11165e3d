"""Six sums a frame in one variadic reduction, then Jacobi eigenvalues of all frames at once.

See ``inertia_tensor`` for the sums and ``principal_axes`` for the eigenvalues. Temporaries of
(6, frames). O(frames atoms).
"""

import jax.numpy as jnp

from ..jax_eigen3 import eigenvalues3
from ..jax_frames import second_moments


def shape(positions, masses):
    moments = second_moments(positions, masses)
    a, b, c = eigenvalues3(tuple(part / masses.sum() for part in moments))
    square = a + b + c
    return jnp.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
