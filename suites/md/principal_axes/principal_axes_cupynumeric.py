"""Batched ``eigh``: one task for all frames; Jacobi rotations would be hundreds of small ones.

The first column is negated where the axes are left-handed. Temporaries of (frames, 3, 3).
O(frames).
"""

import cupynumeric as cn


def principal_axes(inertia):
    moments, axes = cn.linalg.eigh(inertia)
    x, y, z = axes[:, :, 0], axes[:, :, 1], axes[:, :, 2]
    volume = (cn.cross(y, z) * x).sum(axis=1)
    first = cn.where((volume < 0)[:, None], -x, x)
    return moments, cn.stack([first, y, z], axis=2)
