"""``jax.lax.linalg.cholesky``, which does not average A and its transpose first.

A compiled program cannot raise: an indefinite matrix gives NaN. Allocates the result. O(n^3).
"""

import jax


def cholesky(a):
    return jax.lax.linalg.cholesky(a, symmetrize_input=False)
