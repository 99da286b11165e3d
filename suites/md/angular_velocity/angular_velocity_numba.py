"""L D L^T frame by frame in registers; Jacobi eigenvectors only for frames that need them.

The 3x3 systems are solved in float64, whatever the dtype. Allocates the result only. O(frames).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import RCOND_32, RCOND_64, least_squares3, solve3


@njit(parallel=True, cache=True, error_model="numpy")
def angular_velocity(inertia, angular_momentum):
    omega = np.empty_like(angular_momentum)
    rcond = RCOND_64 if inertia.itemsize == 8 else RCOND_32
    for f in prange(len(inertia)):
        xx, yy, zz = inertia[f, 0, 0], inertia[f, 1, 1], inertia[f, 2, 2]
        xy, xz, yz = inertia[f, 0, 1], inertia[f, 0, 2], inertia[f, 1, 2]
        u, v, w = angular_momentum[f, 0], angular_momentum[f, 1], angular_momentum[f, 2]
        a, b, c, pivot = solve3(xx, yy, zz, xy, xz, yz, u, v, w)
        if not pivot > rcond ** (1 / 3) * (xx + yy + zz):
            a, b, c = least_squares3(xx, yy, zz, xy, xz, yz, u, v, w, rcond)
        omega[f, 0], omega[f, 1], omega[f, 2] = a, b, c
    return omega
