"""Numba building blocks for one frame: planes, centres and moments.

A frame is split into three planes first, in a scratch that stays in the first-level cache: sums
over planes become full SIMD loops, sums over rows of three do not. ``reassoc`` lets these sums
run in several lanes, which also shortens the chain of roundings; ``nnan`` and ``ninf`` are left
out, so that non-finite input still shows. Scalars are made from the arrays' own dtype: a float64
literal would silently turn float32 sums into float64 ones.
"""

import numpy as np
from numba import njit

from . import eigen3 as scalar

SUMS = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy", "cache": True}
PARALLEL = {"parallel": True, **SUMS}

BLOCK = 16
"""Frames that one parallel task takes: they share a scratch."""

eigen3 = njit(cache=True, error_model="numpy")(scalar.eigen3)


@njit(**SUMS)
def blocks(frames):
    """Return how many tasks `frames` make."""
    return (frames + BLOCK - 1) // BLOCK


@njit(**SUMS)
def planes_like(positions):
    """Return a scratch (3, atoms)."""
    return np.empty((3, positions.shape[1]), positions.dtype)


@njit(**SUMS)
def split(rows, planes):
    """Write one frame (atoms, 3) as planes (3, atoms)."""
    for axis in range(3):
        for n in range(len(rows)):
            planes[axis, n] = rows[n, axis]


@njit(**SUMS)
def center(planes, masses, total):
    """Return the three components of sum m r / total."""
    x = y = z = masses.dtype.type(0)
    for n in range(len(masses)):
        x += masses[n] * planes[0, n]
        y += masses[n] * planes[1, n]
        z += masses[n] * planes[2, n]
    return x / total, y / total, z / total


@njit(**SUMS)
def second_moments(planes, masses, x, y, z):
    """Return xx, yy, zz, xy, xz, yz of sum m d d^T about (x, y, z)."""
    xx = yy = zz = xy = xz = yz = masses.dtype.type(0)
    for n in range(len(masses)):
        dx = planes[0, n] - x
        dy = planes[1, n] - y
        dz = planes[2, n] - z
        mx = masses[n] * dx
        my = masses[n] * dy
        xx += mx * dx
        xy += mx * dy
        xz += mx * dz
        yy += my * dy
        yz += my * dz
        zz += masses[n] * dz * dz
    return xx, yy, zz, xy, xz, yz


@njit(**SUMS)
def cross_sum(a, b, masses, p, q):
    """Return the components of sum m (a - p) x (b - q)."""
    x = y = z = masses.dtype.type(0)
    for n in range(len(masses)):
        ax, ay, az = a[0, n] - p[0], a[1, n] - p[1], a[2, n] - p[2]
        bx = masses[n] * (b[0, n] - q[0])
        by = masses[n] * (b[1, n] - q[1])
        bz = masses[n] * (b[2, n] - q[2])
        x += ay * bz - az * by
        y += az * bx - ax * bz
        z += ax * by - ay * bx
    return x, y, z


@njit(**SUMS)
def plain_cross_sum(a, b, p):
    """Return the components of sum (a - p) x b."""
    x = y = z = a.dtype.type(0)
    for n in range(a.shape[1]):
        ax, ay, az = a[0, n] - p[0], a[1, n] - p[1], a[2, n] - p[2]
        x += ay * b[2, n] - az * b[1, n]
        y += az * b[0, n] - ax * b[2, n]
        z += ax * b[1, n] - ay * b[0, n]
    return x, y, z
