"""Columns of a frame once, every sum from them, Jacobi axes, then differences and parts.

Sums by ``sum(map(mul, ...))``, whose loops run in C. Allocates some twenty lists of a column's
length a frame. O(frames atoms).
"""

from itertools import pairwise
from math import sqrt
from operator import mul
from sys import float_info

from ..eigen3 import eigen3
from ..python_frames import cross_sum, dot, inertia
from ..rigid import OUTPUTS
from ..solve3 import RCOND_IN_EPS, along_axes


def pipeline(positions, velocities, forces, masses, times):
    total = sum(masses)
    visits = [
        _frame(*frame, masses, total) for frame in zip(positions, velocities, forces, strict=True)
    ]
    centers, tensors, moments, axes, momenta, torques, omegas = map(list, zip(*visits, strict=True))
    result = [centers, tensors, moments]
    for vectors in (momenta, torques, omegas, _rate(momenta, times)):
        result += [vectors, *map(list, zip(*map(_parts, vectors, axes), strict=True))]
    return dict(zip(OUTPUTS, result, strict=True))


def _frame(rows, speeds, pushes, masses, total):
    """Return what one frame gives on its own."""
    d, middle = _centered(rows, masses, total)
    w, _ = _centered(speeds, masses, total)
    x, y, z = d
    mx, my, mz = md = [list(map(mul, masses, column)) for column in d]
    xx, yy, zz = dot(mx, x), dot(my, y), dot(mz, z)
    tensor = inertia((xx, yy, zz, dot(mx, y), dot(mx, z), dot(my, z)))
    momentum = cross_sum(md, w)
    (ixx, ixy, ixz), (_, iyy, iyz), (_, _, izz) = tensor
    values, columns = eigen3(ixx, iyy, izz, ixy, ixz, iyz)
    omega = along_axes(values, columns, *momentum, RCOND_IN_EPS * float_info.epsilon)
    torque = cross_sum(d, zip(*pushes, strict=True))
    return middle, tensor, list(values), columns[0], momentum, torque, list(omega)


def _centered(rows, masses, total):
    """Return the columns of r - R, and R."""
    columns = list(zip(*rows, strict=True))
    middle = [dot(masses, column) / total for column in columns]
    return [[x - m for x in column] for column, m in zip(columns, middle, strict=True)], middle


def _rate(values, times):
    """Return d values / dt, second-order on any spacing, ends included."""
    steps = [after - before for before, after in pairwise(times)]
    slopes = [
        [(q - p) / step for p, q in zip(before, after, strict=True)]
        for (before, after), step in zip(pairwise(values), steps, strict=True)
    ]
    inner = [
        [(after * p + before * q) / (before + after) for p, q in zip(left, right, strict=True)]
        for (left, right), (before, after) in zip(pairwise(slopes), pairwise(steps), strict=True)
    ]
    first = [2 * slope - rate for slope, rate in zip(slopes[0], inner[0], strict=True)]
    last = [2 * slope - rate for slope, rate in zip(slopes[-1], inner[-1], strict=True)]
    return [first, *inner, last]


def _parts(vector, axis):
    """Return parallel and perpendicular part, z component and magnitudes."""
    along = dot(vector, axis)
    parallel = [along * e for e in axis]
    perpendicular = [v - p for v, p in zip(vector, parallel, strict=True)]
    z = vector[2]
    magnitudes = [sqrt(dot(vector, vector)), abs(along), sqrt(dot(perpendicular, perpendicular))]
    return parallel, perpendicular, z, [*magnitudes, abs(z)]
