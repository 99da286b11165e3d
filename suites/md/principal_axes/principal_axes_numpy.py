"""``np.linalg.eigh`` of all frames: one LAPACK call a frame, in C.

The reference, and the most trusted form; the variant ``jacobi`` solves all frames at once. The
first column is negated where the axes are left-handed. Allocates the results. O(frames).
"""

import numpy as np


def principal_axes(inertia):
    moments, axes = np.linalg.eigh(inertia)
    x, y, z = axes.transpose(2, 1, 0)
    volume = (
        x[0] * (y[1] * z[2] - y[2] * z[1])
        + x[1] * (y[2] * z[0] - y[0] * z[2])
        + x[2] * (y[0] * z[1] - y[1] * z[0])
    )
    axes[:, :, 0] *= np.where(volume < 0, -1, 1).astype(axes.dtype)[:, None]
    return moments, axes
