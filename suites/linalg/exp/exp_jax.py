"""One XLA loop, vectorised; on a CPU one thread for arrays of this size.

Allocates the result. O(n^2).
"""

import jax.numpy as jnp


def exp(x):
    return jnp.exp(x)
