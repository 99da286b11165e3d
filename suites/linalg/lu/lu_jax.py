"""``jax.lax.linalg.lu``: LAPACK or cuSOLVER, with the permutation next to the pivots.

LAPACK's factors lie by columns. The barrier has them turned into rows once, by XLA's blocked
transposition; without it L and U each read them with a stride, which takes half a millisecond at
order 500. Its masks are comparisons of indices: ``jnp.tril`` and ``jnp.eye`` become constants of
n x n, read from memory. Allocates the packed factors and the results. O(n^3).
"""

import jax
import jax.numpy as jnp


def lu(a):
    packed, _, permutation = jax.lax.linalg.lu(a)
    packed = jax.lax.optimization_barrier(packed)
    i = jnp.arange(len(a))
    is_below, ones = i[:, None] > i, (i[:, None] == i).astype(a.dtype)
    lower = jnp.where(is_below, packed, ones)
    return permutation.astype(jnp.int64), lower, jnp.where(is_below, 0, packed)
