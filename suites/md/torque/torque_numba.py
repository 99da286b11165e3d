"""Planes of positions and forces, the centre of mass, then three sums over the planes.

Splitting rows of three into planes first lets every sum run in SIMD lanes. Accumulates in the
inputs' own dtype. Allocates the result and two plane scratches for each block of 16 frames.
O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    PARALLEL,
    SUMS,
    blocks,
    center,
    plain_cross_sum,
    planes_like,
    split,
    sum_of,
)


@njit(**PARALLEL)
def torque(positions, forces, masses):
    result = np.empty((len(positions), 3), positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, positions, forces, masses, result)
    return result


@njit(**SUMS)
def _block(first, positions, forces, masses, result):
    total = sum_of(masses)
    places, pushes = planes_like(positions), planes_like(positions)
    for f in range(first, min(first + BLOCK, len(positions))):
        split(positions[f], places)
        split(forces[f], pushes)
        middle = center(places, masses, total)
        result[f, 0], result[f, 1], result[f, 2] = plain_cross_sum(places, pushes, middle)
