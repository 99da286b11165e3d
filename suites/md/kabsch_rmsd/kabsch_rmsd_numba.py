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
    SUMS,
    blocks,
    center,
    covariance,
    deviation,
    planes_like,
    shift,
    split,
    sum_of,
    superposition,
)


@njit(**PARALLEL)
def kabsch_rmsd(positions, masses):
    target = planes_like(positions)
    _centered(positions[0], masses, sum_of(masses), target)
    rmsd = np.empty(len(positions), positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, positions, masses, target, rmsd)
    return rmsd


@njit(**SUMS)
def _block(first, positions, masses, target, rmsd):
    total = sum_of(masses)
    planes = planes_like(positions)
    rotation = np.empty(9, positions.dtype)
    for f in range(first, min(first + BLOCK, len(positions))):
        _centered(positions[f], masses, total, planes)
        turn = superposition(covariance(planes, target, masses))
        for k in range(9):
            rotation[k] = turn[k]  # in the inputs' own dtype
        rmsd[f] = sqrt(deviation(planes, target, masses, rotation) / total)


@njit(**SUMS)
def _centered(rows, masses, total, planes):
    split(rows, planes)
    shift(planes, center(planes, masses, total))
