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
    flat,
    planes_for,
    shift,
    split,
    sum_of,
    superposition,
)


@njit(**PARALLEL)
def kabsch_rmsd(positions, masses):
    rows = flat(positions)
    target = planes_for(rows)
    _centered(rows[0], masses, sum_of(masses), target)
    rmsd = np.empty(len(positions), positions.dtype)
    for block in prange(blocks(positions)):
        _block(block * BLOCK, rows, masses, target, rmsd)
    return rmsd


@njit(**SUMS)
def _block(first, rows, masses, target, rmsd):
    total = sum_of(masses)
    planes = np.empty_like(target)
    rotation = np.empty(9, target.dtype)
    for f in range(first, min(first + BLOCK, len(rows))):
        _centered(rows[f], masses, total, planes)
        turn = superposition(covariance(planes, target, masses))
        for k in range(9):
            rotation[k] = turn[k]  # in the inputs' own dtype
        rmsd[f] = sqrt(deviation(planes, target, masses, rotation) / total)


@njit(**SUMS)
def _centered(row, masses, total, planes):
    split(row, planes)
    shift(planes, center(planes, masses, total))
