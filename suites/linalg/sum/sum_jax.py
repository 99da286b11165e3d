"""``jnp.sum``, one XLA reduction; the axis is part of the compiled program.

Allocates the result. O(n^2).
"""

import jax.numpy as jnp


def sum(x, axis):
    return jnp.sum(x, axis=axis)
