"""LAPACK through Numba: SciPy's getrf, called by its address, since ``np.linalg`` has no LU.

The factors lie by columns, as LAPACK leaves them. Addresses change from run to run, so that
Numba cannot keep the compiled code. Allocates the results. O(n^3).
"""

from ctypes import CFUNCTYPE, c_void_p

import numpy as np
from numba import njit
from numba.extending import get_cython_function_address

_prototype = CFUNCTYPE(None, *[c_void_p] * 6)
dgetrf, sgetrf = (
    _prototype(get_cython_function_address("scipy.linalg.cython_lapack", name))
    for name in ("dgetrf", "sgetrf")
)


@njit
def lu(a):
    n = a.shape[0]
    order, info = np.array([n], np.int32), np.zeros(1, np.int32)
    interchanges = np.empty(n, np.int32)
    lower = a.T.copy()
    arguments = order.ctypes, order.ctypes, lower.ctypes, order.ctypes, interchanges.ctypes
    if a.itemsize == 8:
        dgetrf(*arguments, info.ctypes)
    else:
        sgetrf(*arguments, info.ctypes)
    upper = np.zeros_like(lower)
    p = np.arange(n)
    for k in range(n):
        upper[k, k] = lower[k, k]
        for i in range(k):
            upper[k, i] = lower[k, i]
            lower[k, i] = 0
        lower[k, k] = 1
        other = interchanges[k] - 1
        p[k], p[other] = p[other], p[k]
    return p, lower.T, upper.T
