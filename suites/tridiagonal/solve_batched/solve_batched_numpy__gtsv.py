"""Batched tridiagonal systems with LAPACK's gtsv through SciPy, which pivots.

The systems are laid end to end as one long one, with zeros where they meet: one call instead
of one a system, which would cost 1 us each. Time O(batch n); copies its input.
"""

import numpy as np
from scipy.linalg.lapack import dgtsv, sgtsv


def solve_batched(lower, diag, upper, rhs):
    if diag.size == 1:  # the wrapper refuses empty bands
        return rhs / diag
    below, above = lower.copy(), upper.copy()
    below[:, 0] = 0
    above[:, -1] = 0
    gtsv = sgtsv if diag.dtype == np.float32 else dgtsv
    flat = (below.ravel()[1:], diag.ravel(), above.ravel()[:-1], rhs.ravel())
    *_, x, _info = gtsv(*flat, overwrite_dl=True, overwrite_du=True)
    return x.reshape(rhs.shape)
