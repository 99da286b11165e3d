"""One pass over each frame: nine sums about a point inside, moved to the centre of mass.

The centre first, and then six sums about it, takes a sixth longer, and from planes in cache a
third. Accumulates in the inputs' own dtype. Allocates the result only. O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import PARALLEL, SUMS, central_moments, flat, sum_of, write_inertia


@njit(**PARALLEL)
def inertia_tensor(positions, masses):
    inertia = np.empty((len(positions), 3, 3), positions.dtype)
    rows, total = flat(positions), sum_of(masses)
    for f in prange(len(positions)):
        _frame(rows[f], masses, total, inertia[f])
    return inertia


@njit(**SUMS)
def _frame(row, masses, total, inertia):
    xx, yy, zz, xy, xz, yz = central_moments(row, masses, total)
    write_inertia(inertia, xx, yy, zz, xy, xz, yz)
