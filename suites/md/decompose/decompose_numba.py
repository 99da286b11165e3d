"""One pass over frames, all in registers: two dot products, one division, six stores.

``error_model="numpy"`` makes 0/0 the documented NaN. Allocates the results only. O(frames).
"""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True, error_model="numpy", fastmath={"contract"})
def decompose(vector, reference):
    parallel, perpendicular = np.empty_like(vector), np.empty_like(vector)
    for f in prange(len(vector)):
        u, v, w = vector[f, 0], vector[f, 1], vector[f, 2]
        x, y, z = reference[f, 0], reference[f, 1], reference[f, 2]
        along = (u * x + v * y + w * z) / (x * x + y * y + z * z)
        x, y, z = along * x, along * y, along * z
        parallel[f, 0], parallel[f, 1], parallel[f, 2] = x, y, z
        perpendicular[f, 0], perpendicular[f, 1], perpendicular[f, 2] = u - x, v - y, w - z
    return parallel, perpendicular
