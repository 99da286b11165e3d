"""Bandwidth rules with JAX: jnp.std, which XLA fuses into two reductions over the input.

Two passes because the raw moments cancel. Time O(n); allocates nothing of size n.
"""

import jax.numpy as jnp


def silverman(particles):
    n = len(particles)
    std = jnp.std(particles, ddof=1)
    return std * n**-0.2, std * (0.75 * n) ** -0.2
