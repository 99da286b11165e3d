"""Every sum of a frame in one visit, in parallel, then differences in time and parts by frame.

A frame is split into planes once, and centre, inertia, momentum and torque are summed from the
first-level cache. Sums stay in the inputs' own dtype, 3x3 eigenproblems in float64. Allocates
the results and three plane scratches for each block. O(frames atoms).
"""

from math import sqrt

import numpy as np
from numba import njit, prange

from ..numba_frames import (
    BLOCK,
    INTERNAL,
    PARALLEL,
    RCOND_32,
    RCOND_64,
    SUMS,
    along_axes,
    blocks,
    center,
    cross_sum,
    eigen3,
    flat,
    plain_cross_sum,
    planes_for,
    second_moments,
    split,
    sum_of,
    write_inertia,
)


@njit(**PARALLEL)
def pipeline(positions, velocities, forces, masses, times):
    frames, dtype = len(positions), positions.dtype
    middle = np.empty((frames, 3), dtype)
    inertia = np.empty((frames, 3, 3), dtype)
    moments, axis = np.empty((frames, 3), dtype), np.empty((frames, 3), dtype)
    a, b = np.empty((frames, 3), dtype), np.empty((frames, 3), dtype)
    c, d = np.empty((frames, 3), dtype), np.empty((frames, 3), dtype)
    rows, speeds, pushes = flat(positions), flat(velocities), flat(forces)
    for block in prange(blocks(positions)):
        trajectory = rows, speeds, pushes
        _block(block * BLOCK, trajectory, masses, middle, inertia, moments, axis, a, b, c)
    _rate(a, times, d)
    return (
        *(middle, inertia, moments),
        *(a, *_parts(a, axis)),
        *(b, *_parts(b, axis)),
        *(c, *_parts(c, axis)),
        *(d, *_parts(d, axis)),
    )


@njit(**SUMS)
def _block(first, trajectory, masses, middle, inertia, moments, axis, momentum, torque, omega):
    """Write everything that a frame gives on its own, for a block of frames."""
    positions, velocities, forces = trajectory
    total = sum_of(masses)
    rcond = RCOND_64 if positions.itemsize == 8 else RCOND_32
    places, speeds = planes_for(positions), planes_for(positions)
    pushes = planes_for(positions)
    for f in range(first, min(first + BLOCK, len(positions))):
        split(positions[f], places)
        split(velocities[f], speeds)
        split(forces[f], pushes)
        r = center(places, masses, total)
        v = center(speeds, masses, total)
        xx, yy, zz, xy, xz, yz = second_moments(places, masses, r[0], r[1], r[2])
        spin = cross_sum(places, speeds, masses, r, v)
        twist = plain_cross_sum(places, pushes, r)
        values, columns = eigen3(yy + zz, xx + zz, xx + yy, -xy, -xz, -yz)
        turn = along_axes(values, columns, spin[0], spin[1], spin[2], rcond)
        for k in range(3):
            middle[f, k], moments[f, k], axis[f, k] = r[k], values[k], columns[0][k]
            momentum[f, k], torque[f, k], omega[f, k] = spin[k], twist[k], turn[k]
        write_inertia(inertia[f], xx, yy, zz, xy, xz, yz)


@njit(**INTERNAL)
def _rate(values, times, out):
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


@njit(**INTERNAL)
def _parts(vector, axis):
    """Return parallel and perpendicular part, z component and magnitudes."""
    frames = len(vector)
    parallel, perpendicular = np.empty_like(vector), np.empty_like(vector)
    z, magnitudes = np.empty(frames, vector.dtype), np.empty((frames, 4), vector.dtype)
    for f in range(frames):
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
