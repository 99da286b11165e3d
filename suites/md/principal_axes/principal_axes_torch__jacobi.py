"""Jacobi rotations of all frames at once, elementwise, in place of one LAPACK call a frame.

A fixed number of sweeps, each of some hundred operations over arrays of (frames,): faster than
LAPACK once there are some thousand frames. Temporaries of (frames,). O(frames).
"""

import torch

from ..eigen3_arrays import components, eigen3


def principal_axes(inertia):
    values, columns = eigen3(torch, tuple(entry.contiguous() for entry in components(inertia)))
    return torch.stack(values, 1), torch.stack([torch.stack(c, 1) for c in columns], 2)
