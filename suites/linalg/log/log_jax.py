"""One XLA loop, vectorised; on a CPU one thread for arrays of this size.

Allocates the result. O(n^2).
"""

import jax.numpy as jnp


def log(x):
    return jnp.log(x)
