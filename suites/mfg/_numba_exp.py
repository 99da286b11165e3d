"""2**x for x <= 0 as a polynomial that LLVM vectorises, as in the suite `kde` (float64 only).

Numba calls the C library's exp() one number at a time (4 ns each). Here the argument is split
into an integer, which goes into the exponent, and a fraction in [-1/2, 1/2], for which a minimax
polynomial (relative error 3e-18) gives a result within 1 ULP. Results below the smallest normal
number become that number, which no sum of densities can see.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# fastmath without "reassoc": reassociation would cancel the addition that rounds.
_exact = njit(fastmath={"contract"}, error_model="numpy")


@_exact
def exp2_negative(x):
    """Return 2**x for a float64 x <= 0; to be called from compiled code."""
    x = max(x, -1022.0)
    shifted = x + 6755399441055744.0
    f = x - (shifted - 6755399441055744.0)
    p = 4.4352809446103363e-10
    p = p * f + 7.074105626245659e-09
    p = p * f + 1.0178198033328528e-07
    p = p * f + 1.321543308959463e-06
    p = p * f + 1.5252733489960805e-05
    p = p * f + 0.00015403530462514614
    p = p * f + 0.001333355814678995
    p = p * f + 0.009618129107588335
    p = p * f + 0.055504108664819925
    p = p * f + 0.24022650695910155
    p = p * f + 0.6931471805599453
    p = p * f + 1.0
    bits = np.float64(p).view(np.int64) + (np.float64(shifted).view(np.int64) << np.int64(52))
    return np.int64(bits).view(np.float64)
