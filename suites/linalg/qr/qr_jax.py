"""``jnp.linalg.qr``: LAPACK or cuSOLVER.

Allocates the results and work arrays. O(m n^2).
"""

import jax.numpy as jnp


def qr(a):
    q, r = jnp.linalg.qr(a)
    return q, r
