"""Two parallel loops: every sum of a frame in one visit, then differences in time and parts.

A frame is split into planes once, and centre, inertia, momentum and torque are summed from the
first-level cache. Sums stay in the inputs' own dtype, 3x3 eigenproblems in float64. Allocates
the results and three plane scratches for each block. O(frames atoms).
"""

from math import sqrt

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    PARALLEL,
    RCOND_32,
    RCOND_64,
    along_axes,
    blocks,
    center,
    cross_sum,
    eigen3,
    plain_cross_sum,
    planes_like,
    second_moments,
    split,
)


@njit(**PARALLEL)
def pipeline(positions, velocities, forces, masses, times):
    frames = len(positions)
    total = masses.sum()
    rcond = RCOND_64 if positions.itemsize == 8 else RCOND_32
    middle = np.empty((frames, 3), positions.dtype)
    inertia = np.empty((frames, 3, 3), positions.dtype)
    moments = np.empty((frames, 3), positions.dtype)
    axis = np.empty((frames, 3), positions.dtype)
    vectors = np.empty((4, frames, 3), positions.dtype)
    for block in prange(blocks(frames)):
        places, speeds = planes_like(positions), planes_like(positions)
        pushes = planes_like(positions)
        for f in range(block * BLOCK, min(frames, block * BLOCK + BLOCK)):
            split(positions[f], places)
            split(velocities[f], speeds)
            split(forces[f], pushes)
            r = center(places, masses, total)
            v = center(speeds, masses, total)
            xx, yy, zz, xy, xz, yz = second_moments(places, masses, r[0], r[1], r[2])
            spin = cross_sum(places, speeds, masses, r, v)
            twist = plain_cross_sum(places, pushes, r)
            values, columns = eigen3(yy + zz, xx + zz, xx + yy, -xy, -xz, -yz)
            omega = along_axes(values, columns, spin[0], spin[1], spin[2], rcond)
            for k in range(3):
                middle[f, k] = r[k]
                moments[f, k] = values[k]
                axis[f, k] = columns[0][k]
                vectors[0, f, k] = spin[k]
                vectors[1, f, k] = twist[k]
                vectors[2, f, k] = omega[k]
            inertia[f, 0, 0], inertia[f, 1, 1], inertia[f, 2, 2] = yy + zz, xx + zz, xx + yy
            inertia[f, 0, 1] = inertia[f, 1, 0] = -xy
            inertia[f, 0, 2] = inertia[f, 2, 0] = -xz
            inertia[f, 1, 2] = inertia[f, 2, 1] = -yz
    rate(vectors[0], times, vectors[3])
    a, b = vectors[0], vectors[1]
    c, d = vectors[2], vectors[3]
    a1, a2, a3, a4 = parts(a, axis)
    b1, b2, b3, b4 = parts(b, axis)
    c1, c2, c3, c4 = parts(c, axis)
    d1, d2, d3, d4 = parts(d, axis)
    return (
        *(middle, inertia, moments),
        *(a, a1, a2, a3, a4),
        *(b, b1, b2, b3, b4),
        *(c, c1, c2, c3, c4),
        *(d, d1, d2, d3, d4),
    )


@njit(cache=True, error_model="numpy")
def rate(values, times, out):
    """Write d values / dt, second-order on any spacing, ends included."""
    last = len(values) - 1
    for f in range(1, last):
        before, after = times[f] - times[f - 1], times[f + 1] - times[f]
        for k in range(3):
            left = (values[f, k] - values[f - 1, k]) / before
            right = (values[f + 1, k] - values[f, k]) / after
            out[f, k] = (after * left + before * right) / (before + after)
    for k in range(3):
        first = (values[1, k] - values[0, k]) / (times[1] - times[0])
        final = (values[last, k] - values[last - 1, k]) / (times[last] - times[last - 1])
        out[0, k] = first + first - out[1, k]
        out[last, k] = final + final - out[last - 1, k]


@njit(parallel=True, cache=True, error_model="numpy")
def parts(vector, axis):
    """Return parallel and perpendicular part, z component and magnitudes."""
    frames = len(vector)
    parallel, perpendicular = np.empty_like(vector), np.empty_like(vector)
    z, magnitudes = np.empty(frames, vector.dtype), np.empty((frames, 4), vector.dtype)
    for f in prange(frames):
        along = square = rest = vector.dtype.type(0)
        for k in range(3):
            along += vector[f, k] * axis[f, k]
            square += vector[f, k] * vector[f, k]
        for k in range(3):
            parallel[f, k] = along * axis[f, k]
            perpendicular[f, k] = vector[f, k] - parallel[f, k]
            rest += perpendicular[f, k] * perpendicular[f, k]
        z[f] = vector[f, 2]
        magnitudes[f, 0], magnitudes[f, 1] = sqrt(square), abs(along)
        magnitudes[f, 2], magnitudes[f, 3] = sqrt(rest), abs(vector[f, 2])
    return parallel, perpendicular, z, magnitudes
