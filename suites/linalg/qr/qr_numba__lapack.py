"""LAPACK through Numba: ``np.linalg.qr`` inside compiled code calls SciPy's geqrf and orgqr.

In the inputs' own dtype. Allocates the results and a work array. O(m n^2).
"""

import numpy as np
from numba import njit


@njit(cache=True)
def qr(a):
    return np.linalg.qr(a)
