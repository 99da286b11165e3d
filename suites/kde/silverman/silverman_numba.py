"""Bandwidth rules with Numba: two parallel passes, without a temporary.

Blocks of 4,096 keep the error of the sums independent of n, in float32 too. Two passes because
the raw moments cancel. Time O(n); allocates one number per block.
"""

import math

import numpy as np
from numba import njit, prange

BLOCK = 4096


@njit(cache=True, parallel=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _mean(x):
    n = len(x)
    sums = np.empty((n + BLOCK - 1) // BLOCK)
    for block in prange(len(sums)):
        part = x.dtype.type(0)  # a float64 zero would promote a float32 loop
        for i in range(block * BLOCK, min(block * BLOCK + BLOCK, n)):
            part += x[i]
        sums[block] = part
    return x.dtype.type(sums.sum() / n)


@njit(cache=True, parallel=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def _squares(x, mean):
    n = len(x)
    sums = np.empty((n + BLOCK - 1) // BLOCK)
    for block in prange(len(sums)):
        part = x.dtype.type(0)
        for i in range(block * BLOCK, min(block * BLOCK + BLOCK, n)):
            part += (x[i] - mean) * (x[i] - mean)
        sums[block] = part
    return sums.sum()


@njit(cache=True)
def _rules(x):
    n = len(x)
    std = math.sqrt(_squares(x, _mean(x)) / (n - 1))
    return std * n**-0.2, std * (0.75 * n) ** -0.2


def silverman(particles):
    scott, silverman = _rules(particles)
    return particles.dtype.type(scott), particles.dtype.type(silverman)
