"""``jax.lax.linalg.cholesky``, which does not average A and its transpose first.

The factor lies by columns, as LAPACK and cuSOLVER write it. A compiled program cannot raise: an
indefinite matrix gives NaN. Allocates the result. O(n^3).
"""

import jax

from ..jax_layout import compiled


@compiled
def cholesky(a):
    return jax.lax.linalg.cholesky(a, symmetrize_input=False)
