"""L D L^T of all frames in one fused loop; frames that are singular are done again, eagerly.

Reading one flag keeps the eigenvectors, a program of hundreds of operations that takes minutes to
compile, out of the usual call. Temporaries stay in registers. O(frames).
"""

import torch

from ..eigen3_arrays import components
from ..solve3_arrays import RCOND_IN_EPS, is_singular, least_squares3, solve3


def angular_velocity(inertia, angular_momentum):
    omega, singular, any_singular = _direct(inertia, angular_momentum)
    if any_singular:
        matrix, vector = components(inertia[singular]), angular_momentum[singular].unbind(1)
        omega[singular] = torch.stack(least_squares3(torch, matrix, vector, _rcond(inertia)), 1)
    return omega


@torch.compile(dynamic=False)
def _direct(inertia, angular_momentum):
    matrix = components(inertia)
    solution, pivot = solve3(torch, matrix, angular_momentum.unbind(1))
    singular = is_singular(pivot, matrix, _rcond(inertia))
    return torch.stack(solution, 1), singular, singular.any()


def _rcond(inertia):
    return RCOND_IN_EPS * torch.finfo(inertia.dtype).eps
