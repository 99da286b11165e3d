"""Gaussian KDE with JAX: on the CPU a loop over grid points, each one fused reduction.

XLA's CPU compiler materialises parts of the one-shot broadcast (5x slower and 1.4 GB at
100,000 x 10,000); on a GPU the broadcast fuses, and the loop would be one launch per point.
Time O(n m), memory O(n + m).
"""

import math

import jax.numpy as jnp
from jax import lax


def gaussian_kde(particles, grid, bandwidth):
    exponent = -0.5 / bandwidth**2
    norm = 1 / (len(particles) * bandwidth * math.sqrt(2 * math.pi))

    def sum_at(x):
        return jnp.exp(jnp.square(x - particles) * exponent).sum()

    def by_point(grid):
        return lax.map(sum_at, grid)

    def at_once(grid):
        return jnp.exp(jnp.square(grid[:, None] - particles) * exponent).sum(axis=1)

    return lax.platform_dependent(grid, cpu=by_point, default=at_once) * norm
