"""One pass over each frame, both arrays in one loop: sums about a point inside, then moved.

Two streams keep the memory busier than one after the other. See `central_moments` for the origin:
L = sum d x w - D x sum w, with d from that point, D the centre of mass from there, and w = m times
the velocities less one among them. From planes in cache, with the centres first, it takes half as
long again. Accumulates in the inputs' own dtype. Allocates the result only. O(frames atoms).
"""

import numpy as np
from numba import njit, prange

from ..numba_frames import PARALLEL, SUMS, among, flat, moved, sum_of


@njit(**PARALLEL)
def angular_momentum(positions, velocities, masses):
    momentum = np.empty((len(positions), 3), positions.dtype)
    rows, others, total = flat(positions), flat(velocities), sum_of(masses)
    for f in prange(len(positions)):
        _frame(rows[f], others[f], masses, total, momentum[f])
    return momentum


@njit(**SUMS)
def _frame(row, other, masses, total, momentum):
    a, b, c = among(row)
    p, q, r = among(other)
    x = y = z = u = v = w = lx = ly = lz = masses.dtype.type(0)
    for n in range(len(masses)):
        m = masses[n]
        dx, dy, dz = row[3 * n] - a, row[3 * n + 1] - b, row[3 * n + 2] - c
        wx, wy = m * (other[3 * n] - p), m * (other[3 * n + 1] - q)
        wz = m * (other[3 * n + 2] - r)
        x += m * dx
        y += m * dy
        z += m * dz
        u += wx
        v += wy
        w += wz
        lx += dy * wz - dz * wy
        ly += dz * wx - dx * wz
        lz += dx * wy - dy * wx
    middle = x / total, y / total, z / total
    momentum[0], momentum[1], momentum[2] = moved((lx, ly, lz), middle, (u, v, w))
