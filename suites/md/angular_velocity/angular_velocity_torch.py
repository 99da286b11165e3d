"""L D L^T of all frames at once, entry by entry; eigenvectors only for frames that need them.

Forty operations over contiguous arrays, where ``torch.linalg.solve`` makes one LAPACK call a
frame. Asks once whether any frame is singular, which waits for the device. Temporaries of
(frames,). O(frames).
"""

import torch

from ..eigen3_arrays import components
from ..solve3_arrays import RCOND_IN_EPS, is_singular, least_squares3, solve3


def angular_velocity(inertia, angular_momentum):
    rcond = RCOND_IN_EPS * torch.finfo(inertia.dtype).eps
    matrix = tuple(entry.contiguous() for entry in components(inertia))
    vector = angular_momentum.T.contiguous().unbind()
    solution, pivot = solve3(torch, matrix, vector)
    omega = torch.stack(solution, 1)
    singular = is_singular(pivot, matrix, rcond)
    if singular.any():
        some = tuple(entry[singular] for entry in (*matrix, *vector))
        omega[singular] = torch.stack(least_squares3(torch, some[:6], some[6:], rcond), 1)
    return omega
