"""LAPACK's gesv in the inputs' own dtype (``np.linalg.solve`` computes in float64 only).

Allocates the factors and the result. O(n^3).
"""

import numpy as np
from scipy.linalg import lapack


def solve(a, b):
    gesv = lapack.sgesv if a.dtype == np.float32 else lapack.dgesv
    _, _, x, info = gesv(a, b)
    if info:
        raise np.linalg.LinAlgError(f"the matrix is singular (pivot {info - 1} is zero)")
    return x
