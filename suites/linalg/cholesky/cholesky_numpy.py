"""LAPACK's potrf in the inputs' own dtype (``np.linalg.cholesky`` computes in float64 only).

A symmetric matrix by rows is the same matrix by columns: LAPACK gets the transposed view and
nothing is rearranged. Allocates the result. O(n^3).
"""

import numpy as np
from scipy.linalg import lapack


def cholesky(a):
    potrf = lapack.spotrf if a.dtype == np.float32 else lapack.dpotrf
    lower, info = potrf(a.T, lower=1, clean=1)
    if info:
        raise np.linalg.LinAlgError(f"the matrix is not positive definite (row {info - 1})")
    return lower
