"""One pass over each frame, both arrays in one loop: sums about a point inside, then moved.

See `angular_momentum`: here they are sum d x F - D x sum F. From planes in cache, with the centre
first, it takes 1.4 times as long. Accumulates in the inputs' own dtype. Allocates the result only.
O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import PARALLEL, SUMS, among, flat, moved, sum_of


@njit(**PARALLEL)
def torque(positions, forces, masses):
    result = np.empty((len(positions), 3), positions.dtype)
    rows, pushes, total = flat(positions), flat(forces), sum_of(masses)
    for f in prange(len(positions)):
        _frame(rows[f], pushes[f], masses, total, result[f])
    return result


@njit(**SUMS)
def _frame(row, push, masses, total, result):
    a, b, c = among(row)
    x = y = z = u = v = w = tx = ty = tz = masses.dtype.type(0)
    for n in range(len(masses)):
        dx, dy, dz = row[3 * n] - a, row[3 * n + 1] - b, row[3 * n + 2] - c
        fx, fy, fz = push[3 * n], push[3 * n + 1], push[3 * n + 2]
        x += masses[n] * dx
        y += masses[n] * dy
        z += masses[n] * dz
        u += fx
        v += fy
        w += fz
        tx += dy * fz - dz * fy
        ty += dz * fx - dx * fz
        tz += dx * fy - dy * fx
    middle = x / total, y / total, z / total
    result[0], result[1], result[2] = moved((tx, ty, tz), middle, (u, v, w))
