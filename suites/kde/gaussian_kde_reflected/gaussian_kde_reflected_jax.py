"""Mirrored Gaussian KDE with JAX: the loop over grid points, over particles and images.

Time O(n m); allocates the 3 n particles and images, and the output.
"""

import jax.numpy as jnp

from ..gaussian_kde.gaussian_kde_jax import gaussian_kde


def gaussian_kde_reflected(particles, grid, bandwidth, lower, upper):
    images = jnp.concatenate([particles, 2 * lower - particles, 2 * upper - particles])
    return 3 * gaussian_kde(images, grid, bandwidth)
