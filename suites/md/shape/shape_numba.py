"""One frame at a time: six sums in one pass, Jacobi eigenvalues, three numbers.

See ``inertia_tensor`` for the sums, which stay in the inputs' own dtype; the 3x3 eigenproblem is
solved in float64. Allocates the results. O(frames atoms).
"""

from math import sqrt

import numpy as np
from numba import njit, prange

from ..numba_frames import PARALLEL, SUMS, central_moments, eigen3, flat, sum_of


@njit(**PARALLEL)
def shape(positions, masses):
    frames = len(positions)
    radius = np.empty(frames, positions.dtype)
    asphericity = np.empty(frames, positions.dtype)
    acylindricity = np.empty(frames, positions.dtype)
    rows, total = flat(positions), sum_of(masses)
    for f in prange(frames):
        radius[f], asphericity[f], acylindricity[f] = _frame(rows[f], masses, total)
    return radius, asphericity, acylindricity


@njit(**SUMS)
def _frame(row, masses, total):
    xx, yy, zz, xy, xz, yz = central_moments(row, masses, total)
    (a, b, c), _ = eigen3(xx, yy, zz, xy, xz, yz)
    trace = xx + yy + zz
    return sqrt(trace / total), (c - (a + b) / 2) / trace, (b - a) / trace
