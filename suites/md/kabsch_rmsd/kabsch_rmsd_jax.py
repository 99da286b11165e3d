"""H in one variadic reduction, all rotations, then ``lax.map`` over frames for the deviations.

As a reduction over whole arrays the second pass would share its r - R with the first, and XLA
would keep it. Rotations come from Jacobi eigenvectors of all frames at once. Temporaries of one
frame and of (15, frames). O(frames atoms).
"""

import jax.numpy as jnp
from jax import lax

from ..jax_eigen3 import eigen3
from ..jax_frames import center, components, sums
from ..superpose3_arrays import gram, rotations


def kabsch_rmsd(positions, masses):
    centers = center(positions, masses)
    target = components(positions[:1], centers[:1])
    weighted = [masses * b for b in target]
    h = sums(*(a * b for a in components(positions, centers) for b in weighted))
    _, (_, p, q) = eigen3(gram(h))
    turns = rotations(jnp, h, p, q, 10 * float(jnp.finfo(positions.dtype).eps))

    def deviation(inputs):
        rows, middle, *r = inputs
        x, y, z = (rows - middle).T
        parts = (
            r[3 * i] * x + r[3 * i + 1] * y + r[3 * i + 2] * z - b[0] for i, b in enumerate(target)
        )
        return (masses * sum(part * part for part in parts)).sum()

    return jnp.sqrt(lax.map(deviation, (positions, centers, *turns)) / masses.sum())
