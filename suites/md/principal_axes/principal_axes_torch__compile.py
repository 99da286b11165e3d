"""Jacobi rotations of all frames at once: one sweep is compiled and called a few times.

Every frame is a SIMD lane of one fused loop; LAPACK, which the compiler would only call, takes
one call a frame. All sweeps in one program would take a minute to compile. Keeps (15, frames)
between sweeps. O(frames).
"""

import torch

from ..eigen3_arrays import components, identity_like
from ..torch_eigen3 import eigen3, stacked


def principal_axes(inertia):
    values, columns = eigen3(_start(inertia))
    return _finish(values, columns)


@torch.compile(dynamic=False)
def _start(inertia):
    matrix = components(inertia)
    return stacked(matrix, *identity_like(matrix[0]))


@torch.compile(dynamic=False)
def _finish(values, columns):
    return values.T.contiguous(), columns.permute(2, 1, 0).contiguous()
