"""LAPACK through Numba: ``np.linalg.cholesky`` inside compiled code calls SciPy's potrf.

In the inputs' own dtype. Allocates the result. O(n^3).
"""

import numpy as np
from numba import njit


@njit(cache=True)
def cholesky(a):
    return np.linalg.cholesky(a)
