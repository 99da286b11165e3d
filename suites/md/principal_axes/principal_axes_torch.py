"""``torch.linalg.eigh`` of all frames: one LAPACK call a frame (a batched solver on CUDA).

Jacobi rotations of all frames at once are no faster eagerly, and take a minute to compile.
The first column is negated where the axes are left-handed. Allocates the results. O(frames).
"""

import torch


def principal_axes(inertia):
    moments, axes = torch.linalg.eigh(inertia)
    x, y, z = axes.unbind(2)
    handed = (torch.linalg.cross(y, z) * x).sum(1)
    first = torch.where(handed < 0, -1, 1).to(axes.dtype)[:, None] * x
    return moments, torch.stack((first, y, z), 2)
