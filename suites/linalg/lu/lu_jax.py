"""``jax.lax.linalg.lu``: LAPACK or cuSOLVER, with the permutation next to the pivots.

LAPACK's factors lie by columns; L and U each turn them into rows as they are read. The masks are
comparisons of indices: ``jnp.tril`` and ``jnp.eye`` become constants of n x n, read from memory.
Allocates the packed factors and the results. O(n^3).
"""

import jax
import jax.numpy as jnp


def lu(a):
    packed, _, permutation = jax.lax.linalg.lu(a)
    i = jnp.arange(len(a))
    is_below, ones = i[:, None] > i, (i[:, None] == i).astype(a.dtype)
    lower = jnp.where(is_below, packed, ones)
    return permutation.astype(jnp.int64), lower, jnp.where(is_below, 0, packed)
