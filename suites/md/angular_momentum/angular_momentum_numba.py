"""Planes of positions and velocities, their centres, then three sums over centred planes.

Splitting rows of three into planes first lets every sum run in SIMD lanes. Accumulates in the
inputs' own dtype. Allocates the result and two plane scratches for each block of 16 frames.
O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import BLOCK, PARALLEL, blocks, center, cross_sum, planes_like, split


@njit(**PARALLEL)
def angular_momentum(positions, velocities, masses):
    frames = len(positions)
    total = masses.sum()
    momentum = np.empty((frames, 3), positions.dtype)
    for block in prange(blocks(frames)):
        places, speeds = planes_like(positions), planes_like(positions)
        for f in range(block * BLOCK, min(frames, block * BLOCK + BLOCK)):
            split(positions[f], places)
            split(velocities[f], speeds)
            r = center(places, masses, total)
            v = center(speeds, masses, total)
            momentum[f, 0], momentum[f, 1], momentum[f, 2] = cross_sum(
                places, speeds, masses, r, v
            )
    return momentum
