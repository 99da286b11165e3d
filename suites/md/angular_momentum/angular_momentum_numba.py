"""Planes of positions and velocities, their centres, then three sums over centred planes.

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
    cross_sum,
    planes_like,
    split,
    sum_of,
)


@njit(**PARALLEL)
def angular_momentum(positions, velocities, masses):
    momentum = np.empty((len(positions), 3), positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, positions, velocities, masses, momentum)
    return momentum


@njit(**SUMS)
def _block(first, positions, velocities, masses, momentum):
    total = sum_of(masses)
    places, speeds = planes_like(positions), planes_like(positions)
    for f in range(first, min(first + BLOCK, len(positions))):
        split(positions[f], places)
        split(velocities[f], speeds)
        r = center(places, masses, total)
        v = center(speeds, masses, total)
        momentum[f, 0], momentum[f, 1], momentum[f, 2] = cross_sum(places, speeds, masses, r, v)
