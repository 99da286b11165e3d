"""One frame at a time: planes, centre, H, rotation from Jacobi eigenvectors, explicit RMSD.

All passes over a frame after the first run in the first-level cache, in SIMD lanes. Sums stay in
the inputs' own dtype; the rotation is found in float64. Allocates the result and a plane scratch
for each block. O(frames atoms).
"""

from math import sqrt

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    PARALLEL,
    blocks,
    center,
    covariance,
    deviation,
    planes_like,
    shift,
    split,
    superposition,
)


@njit(**PARALLEL)
def kabsch_rmsd(positions, masses):
    frames = len(positions)
    total = masses.sum()
    target = planes_like(positions)
    split(positions[0], target)
    shift(target, center(target, masses, total))
    rmsd = np.empty(frames, positions.dtype)
    for block in prange(blocks(frames)):
        planes = planes_like(positions)
        rotation = np.empty(9, positions.dtype)
        for f in range(block * BLOCK, min(frames, block * BLOCK + BLOCK)):
            split(positions[f], planes)
            shift(planes, center(planes, masses, total))
            r = superposition(covariance(planes, target, masses))
            for k in range(9):
                rotation[k] = r[k]
            rmsd[f] = sqrt(deviation(planes, target, masses, rotation) / total)
    return rmsd
