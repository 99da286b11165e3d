"""``jnp.matmul`` in full precision: a GPU would take TF32 for float32 otherwise.

Allocates the result. O(n^3).
"""

import jax.numpy as jnp


def matmul(a, b):
    return jnp.matmul(a, b, precision="highest")
