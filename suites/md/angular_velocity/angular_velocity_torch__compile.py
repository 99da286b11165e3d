"""L D L^T of all frames in one fused loop; the eigenvectors are a second program, rarely run.

The first program also tells whether any frame is singular: reading that one flag keeps the
hundreds of operations of the Jacobi form out of the usual call. Temporaries stay in registers.
O(frames).
"""

import torch

from ..eigen3_arrays import components
from ..solve3_arrays import RCOND_IN_EPS, is_singular, least_squares3, solve3


def angular_velocity(inertia, angular_momentum):
    omega, singular, any_singular = _direct(inertia, angular_momentum)
    if any_singular:
        return _least_squares(inertia, angular_momentum, omega, singular)
    return omega


@torch.compile(dynamic=False)
def _direct(inertia, angular_momentum):
    matrix = components(inertia)
    solution, pivot = solve3(torch, matrix, angular_momentum.unbind(1))
    singular = is_singular(pivot, matrix, _rcond(inertia))
    return torch.stack(solution, 1), singular, singular.any()


@torch.compile(dynamic=False)
def _least_squares(inertia, angular_momentum, omega, singular):
    rcond = _rcond(inertia)
    other = least_squares3(torch, components(inertia), angular_momentum.unbind(1), rcond)
    return torch.where(singular[:, None], torch.stack(other, 1), omega)


def _rcond(inertia):
    return RCOND_IN_EPS * torch.finfo(inertia.dtype).eps
