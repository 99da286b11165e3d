"""2**x for x <= 0 as a polynomial that LLVM vectorises; for the Numba implementations.

Numba calls the C library's exp() one number at a time (4 ns each); without SVML it has no
vector version. This one is about 20 instructions for 4 or 8 numbers at once.

The argument is split into an integer and a fraction in [-1/2, 1/2]: adding 1.5 * 2**52
rounds it and leaves the integer in the low bits, from where it is shifted into the exponent.
The polynomials are minimax for the relative error (3e-18 and 2e-9, by Remez exchange at 60
digits), so the result is within 1 ULP. Results below the smallest normal number become that
number: a sum that reaches 1e-290 of the peak cannot see it, and no denormal slows it down.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import overload

# fastmath without "reassoc": reassociation would cancel the addition that rounds.
_exact = njit(fastmath={"contract"}, error_model="numpy")


@_exact
def _exp2_float64(x):
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


@_exact
def _exp2_float32(x):
    x = max(x, np.float32(-126.0))
    shifted = x + np.float32(12582912.0)
    f = x - (shifted - np.float32(12582912.0))
    p = np.float32(0.00015345812158740183)
    p = p * f + np.float32(0.001339993120947414)
    p = p * f + np.float32(0.009618488956522791)
    p = p * f + np.float32(0.055503287769976636)
    p = p * f + np.float32(0.24022646890639573)
    p = p * f + np.float32(0.6931472057372526)
    p = p * f + np.float32(1.0)
    bits = np.float32(p).view(np.int32) + (np.float32(shifted).view(np.int32) << np.int32(23))
    return np.int32(bits).view(np.float32)


def exp2_negative(x):
    """Return 2**x for x <= 0, in the precision of x; to be called from compiled code."""
    raise NotImplementedError("compiled code only")


@overload(exp2_negative, inline="never")
def _exp2_negative(x):
    if x is types.float32:
        return lambda x: _exp2_float32(x)
    return lambda x: _exp2_float64(x)
