"""One frame at a time: planes, centre, six sums, Jacobi eigenvalues, three numbers.

See ``inertia_tensor`` for the sums, which stay in the inputs' own dtype; the 3x3 eigenproblem is
solved in float64. Allocates the results and a plane scratch for each block. O(frames atoms).
"""

from math import sqrt

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    PARALLEL,
    SUMS,
    blocks,
    center,
    eigen3,
    planes_like,
    second_moments,
    split,
    sum_of,
)


@njit(**PARALLEL)
def shape(positions, masses):
    frames = len(positions)
    radius = np.empty(frames, positions.dtype)
    asphericity = np.empty(frames, positions.dtype)
    acylindricity = np.empty(frames, positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, positions, masses, radius, asphericity, acylindricity)
    return radius, asphericity, acylindricity


@njit(**SUMS)
def _block(first, positions, masses, radius, asphericity, acylindricity):
    total = sum_of(masses)
    planes = planes_like(positions)
    for f in range(first, min(first + BLOCK, len(positions))):
        split(positions[f], planes)
        x, y, z = center(planes, masses, total)
        xx, yy, zz, xy, xz, yz = second_moments(planes, masses, x, y, z)
        (a, b, c), _ = eigen3(xx, yy, zz, xy, xz, yz)
        trace = xx + yy + zz
        radius[f] = sqrt(trace / total)
        asphericity[f] = (c - (a + b) / 2) / trace
        acylindricity[f] = (b - a) / trace
