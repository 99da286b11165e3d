"""LAPACK through Numba: ``np.linalg.eigh`` inside compiled code, one call a frame.

What a user writes first; the plain variant shows what the library calls cost. In the inputs'
own dtype. Allocates the results and each call's workspace. O(frames).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy")
def principal_axes(inertia):
    frames = len(inertia)
    moments = np.empty((frames, 3), inertia.dtype)
    axes = np.empty((frames, 3, 3), inertia.dtype)
    for f in prange(frames):
        values, e = np.linalg.eigh(inertia[f])
        volume = (
            e[0, 0] * (e[1, 1] * e[2, 2] - e[2, 1] * e[1, 2])
            + e[1, 0] * (e[2, 1] * e[0, 2] - e[0, 1] * e[2, 2])
            + e[2, 0] * (e[0, 1] * e[1, 2] - e[1, 1] * e[0, 2])
        )
        for i in range(3):
            moments[f, i] = values[i]
            axes[f, i, 0] = -e[i, 0] if volume < 0 else e[i, 0]
            axes[f, i, 1] = e[i, 1]
            axes[f, i, 2] = e[i, 2]
    return moments, axes
