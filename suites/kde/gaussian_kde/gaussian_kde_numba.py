"""Gaussian KDE with Numba: fused loops over a polynomial 2**x that vectorises.

Beats exp() of the C library 3x (variant `libm`), which Numba calls one number at a time.
Sums in blocks of 512 particles, so that the error does not grow with n; grid points in
parallel. Time O(n m); allocates the output.
"""

import math

from numba import njit, prange
import numpy as np

from .._numba_exp import exp2_negative

BLOCK = 512


@njit(cache=True, parallel=True, fastmath={"contract", "reassoc", "nsz"}, error_model="numpy")
def gaussian_kde(particles, grid, bandwidth):
    number = particles.dtype.type  # a float64 constant would promote a float32 loop
    exponent = number(-0.5 / math.log(2.0) / bandwidth**2)
    norm = number(1 / (len(particles) * bandwidth * math.sqrt(2 * math.pi)))
    density = np.empty_like(grid)
    for j in prange(len(grid)):
        total = number(0)
        for start in range(0, len(particles), BLOCK):
            part = number(0)
            for i in range(start, min(start + BLOCK, len(particles))):
                distance = grid[j] - particles[i]
                part += exp2_negative(exponent * (distance * distance))
            total += part
        density[j] = norm * total
    return density
