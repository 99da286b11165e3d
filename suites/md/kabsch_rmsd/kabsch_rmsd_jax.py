"""Two ``lax.map`` over frames, for H and for the deviations, with all rotations between them.

Each frame takes its sums in one variadic reduction; rotations come from Jacobi eigenvectors of all
frames at once. Temporaries of one frame and of (15, frames). O(frames atoms).
"""

import jax.numpy as jnp
from jax import lax

from ..jax_eigen3 import eigen3
from ..jax_frames import center, components, sums
from ..superpose3_arrays import gram, rotations


def kabsch_rmsd(positions, masses):
    centers = center(positions, masses)
    target = components(positions[0], centers[0])
    weighted = [masses * b for b in target]

    def covariance(inputs):
        return sums(*(a * b for a in components(*inputs) for b in weighted))

    h = lax.map(covariance, (positions, centers))
    _, (_, p, q) = eigen3(gram(h))
    turns = rotations(jnp, h, p, q, 10 * float(jnp.finfo(positions.dtype).eps))

    def deviation(inputs):
        rows, middle, *r = inputs
        x, y, z = components(rows, middle)
        parts = (
            r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z - b for i, b in enumerate(target)
        )
        return (masses * sum(part * part for part in parts)).sum()

    return jnp.sqrt(lax.map(deviation, (positions, centers, *turns)) / masses.sum())
