"""Two passes over a frame that was split into planes: centre of mass, then six sums.

The split costs one pass of stores and lets both passes run in SIMD lanes; sums over rows of
three run at half the speed. Accumulates in the inputs' own dtype. Allocates the result and one
plane scratch (24 KB at 1,000 atoms) for each block of 16 frames. O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    PARALLEL,
    SUMS,
    blocks,
    center,
    planes_like,
    second_moments,
    split,
    sum_of,
    write_inertia,
)


@njit(**PARALLEL)
def inertia_tensor(positions, masses):
    inertia = np.empty((len(positions), 3, 3), positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, positions, masses, inertia)
    return inertia


@njit(**SUMS)
def _block(first, positions, masses, inertia):
    total = sum_of(masses)
    planes = planes_like(positions)
    for f in range(first, min(first + BLOCK, len(positions))):
        split(positions[f], planes)
        x, y, z = center(planes, masses, total)
        xx, yy, zz, xy, xz, yz = second_moments(planes, masses, x, y, z)
        write_inertia(inertia[f], xx, yy, zz, xy, xz, yz)
