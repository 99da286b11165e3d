"""All sums of a cache-sized chunk of frames while it is in cache, then everything by frame.

Centred component planes give I = d (m d)^T, L = skew (m d) w^T and tau = skew d F, each one
``bmm``; ``eigh`` takes one LAPACK call a frame. Three buffers of 1.5 MB a thread (256 MB on CUDA)
and temporaries of (frames, 3). O(frames atoms).
"""

import torch

from ..rigid import parts, rate
from ..torch_frames import (
    angular_velocity,
    axial,
    buffer,
    center,
    centered_planes,
    chunks,
    inertia_from_second_moments,
)


def pipeline(positions, velocities, forces, masses, times):
    middle, drift = center(positions, masses), center(velocities, masses)
    moments, products, twists = positions.new_empty((3, len(positions), 3, 3))
    planes, others, weighted = (buffer(positions) for _ in range(3))
    for rows in chunks(positions):
        d = centered_planes(positions[rows], middle[rows], planes)
        w = centered_planes(velocities[rows], drift[rows], others)
        md = torch.mul(d, masses, out=weighted[: len(d)])
        moments[rows] = torch.bmm(d, md.transpose(1, 2))
        products[rows] = torch.bmm(md, w.transpose(1, 2))
        twists[rows] = torch.bmm(d, forces[rows])
    inertia = inertia_from_second_moments(moments)
    momentum, torque = axial(products), axial(twists)
    values, axes = torch.linalg.eigh(inertia)
    omega = angular_velocity(values, axes, momentum)
    vectors = (momentum, torque, omega, rate(torch, momentum, times))
    axis = axes[:, :, 0]
    of_axis = (x for v in vectors for x in parts(torch, v, axis))
    return middle, inertia, values, *of_axis
