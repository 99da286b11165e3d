"""A rational form that LLVM vectorises, in place of the C library's log(): see `log_of`.

Rows are shared out among the threads. float32 is evaluated in double precision and rounded
once. Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange


@njit(fastmath={"contract"}, error_model="numpy")
def log_of(x):
    """Return log(x) within 1 ULP, without a branch.

    x = 2**k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); then log(1 + f) from the odd
    series in f / (2 + f), with the minimax coefficients of Sun's fdlibm (e_log.c).
    """
    small = x < 2.2250738585072014e-308
    scaled = np.float64(x * 18014398509481984.0 if small else x)
    # Bits counted from those of sqrt(1/2): the exponent then steps at sqrt(1/2), not at 1.
    bits = scaled.view(np.int64) - np.int64(0x3FE6A09E667F3BCD)
    k = np.float64(bits >> np.int64(52)) - (54.0 if small else 0.0)
    mantissa = (bits & np.int64(0x000FFFFFFFFFFFFF)) + np.int64(0x3FE6A09E667F3BCD)
    f = np.int64(mantissa).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = 0.14798198605116586
    p = p * z + 0.15313837699209373
    p = p * z + 0.1818357216161805
    p = p * z + 0.22222198432149784
    p = p * z + 0.2857142874366239
    p = p * z + 0.3999999999940942
    p = p * z + 0.6666666666666735
    square = 0.5 * f * f
    low = s * (square + p * z) + k * 1.9082149292705877e-10
    y = k * 0.6931471803691238 - ((square - low) - f)
    y = x if x == np.inf else y
    y = -np.inf if x == 0.0 else y
    return y if x >= 0.0 else np.nan


@njit(parallel=True, cache=True, error_model="numpy")
def log(x):
    y = np.empty_like(x)
    for i in prange(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = log_of(np.float64(x[i, j]))
    return y
