"""Fused sums over sliced components, Jacobi eigenvectors of all frames at once, fused parts.

Three compiled programs and one sweep called a few times; nothing the size of the trajectory is
kept between them. Temporaries of (15, frames). O(frames atoms).
"""

import torch

from ..eigen3_arrays import components as entries
from ..eigen3_arrays import identity_like
from ..rigid import parts, rate
from ..solve3_arrays import RCOND_IN_EPS, along_axes
from ..torch_eigen3 import eigen3, stacked
from ..torch_frames import components, fused_center, fused_cross_sum, inertia_from_sums


def pipeline(positions, velocities, forces, masses, times):
    center, inertia, momentum, torque = _sums(positions, velocities, forces, masses)
    values, columns = eigen3(_start(inertia))
    moments, derived = _derived(values, columns, momentum, torque, times)
    return center, inertia, moments, *derived


@torch.compile(dynamic=False)
def _sums(positions, velocities, forces, masses):
    center = fused_center(positions, masses)
    x, y, z = d = components(positions, center)
    mx, my, mz = md = tuple(masses * part for part in d)
    pairs = ((mx, x), (my, y), (mz, z), (mx, y), (mx, z), (my, z))
    inertia = inertia_from_sums(*((a * b).sum(1) for a, b in pairs))
    w = components(velocities, fused_center(velocities, masses))
    return center, inertia, fused_cross_sum(md, w), fused_cross_sum(d, forces.unbind(2))


@torch.compile(dynamic=False)
def _start(inertia):
    matrix = entries(inertia)
    return stacked(matrix, *identity_like(matrix[0]))


@torch.compile(dynamic=False)
def _derived(values, columns, momentum, torque, times):
    rcond = RCOND_IN_EPS * torch.finfo(momentum.dtype).eps
    axes = [column.unbind() for column in columns.unbind()]
    omega = torch.stack(along_axes(torch, values.unbind(), axes, momentum.unbind(1), rcond), 1)
    axis = columns[0].T
    vectors = (momentum, torque, omega, rate(torch, momentum, times))
    return values.T.contiguous(), tuple(x for v in vectors for x in parts(torch, v, axis))
