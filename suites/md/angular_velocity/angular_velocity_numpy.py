"""L D L^T of all frames at once, entry by entry; eigenvectors only for frames that need them.

Forty operations over contiguous arrays, where ``np.linalg.solve`` makes one LAPACK call a frame,
and ``np.linalg.pinv`` an eigenproblem a frame. Temporaries of (frames,). O(frames).
"""

import numpy as np

from ..eigen3_arrays import components
from ..solve3_arrays import RCOND_IN_EPS, is_singular, solve3


def angular_velocity(inertia, angular_momentum):
    rcond = RCOND_IN_EPS * float(np.finfo(inertia.dtype).eps)
    matrix = tuple(np.ascontiguousarray(entry) for entry in components(inertia))
    with np.errstate(divide="ignore", invalid="ignore"):
        solution, pivot = solve3(np, matrix, tuple(angular_momentum.T.copy()))
    omega = np.stack(solution, axis=1)
    singular = is_singular(pivot, matrix, rcond)
    if singular.any():
        omega[singular] = _least_squares(inertia[singular], angular_momentum[singular], rcond)
    return omega


def _least_squares(inertia, momentum, rcond):
    moments, axes = np.linalg.eigh(inertia)
    speeds = np.vecmat(momentum, axes)
    zero = moments <= rcond * moments[:, 2:]
    speeds = np.where(zero, 0, speeds / np.where(zero, 1, moments))
    return np.matvec(axes, speeds)
