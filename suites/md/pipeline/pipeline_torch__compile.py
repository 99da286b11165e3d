"""Fused sums over sliced components, ``eigh``, fused differences and parts.

Two compiled programs about one LAPACK call a frame; nothing the size of the trajectory is kept
between them. Temporaries of (frames, 3, 3). O(frames atoms).
"""

import torch

from ..rigid import parts, rate
from ..torch_frames import (
    angular_velocity,
    compiled,
    components,
    fused_center,
    fused_cross_sum,
    inertia_from_sums,
)


def pipeline(positions, velocities, forces, masses, times):
    center, inertia, momentum, torque = _sums(positions, velocities, forces, masses)
    moments, axes = torch.linalg.eigh(inertia)
    return center, inertia, moments, *_derived(moments, axes, momentum, torque, times)


@compiled
def _sums(positions, velocities, forces, masses):
    center = fused_center(positions, masses)
    x, y, z = d = components(positions, center)
    mx, my, mz = md = tuple(masses * part for part in d)
    pairs = ((mx, x), (my, y), (mz, z), (mx, y), (mx, z), (my, z))
    inertia = inertia_from_sums(*((a * b).sum(1) for a, b in pairs))
    w = components(velocities, fused_center(velocities, masses))
    return center, inertia, fused_cross_sum(md, w), fused_cross_sum(d, forces.unbind(2))


@compiled
def _derived(moments, axes, momentum, torque, times):
    omega = angular_velocity(moments, axes, momentum)
    vectors = (momentum, torque, omega, rate(torch, momentum, times))
    axis = axes[:, :, 0]
    return tuple(x for v in vectors for x in parts(torch, v, axis))
