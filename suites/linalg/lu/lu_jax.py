"""``jax.lax.linalg.lu``: LAPACK or cuSOLVER, with the permutation next to the pivots.

Allocates the packed factors and the results. O(n^3).
"""

import jax
import jax.numpy as jnp


def lu(a):
    packed, _, permutation = jax.lax.linalg.lu(a)
    lower = jnp.tril(packed, -1) + jnp.eye(a.shape[0], dtype=a.dtype)
    return permutation.astype(jnp.int64), lower, jnp.triu(packed)
