"""Cyclic Jacobi rotations on floats, frame by frame, until nothing is left to rotate away.

Allocates the results only. O(frames).
"""

from ..eigen3 import eigen3


def principal_axes(inertia):
    moments, axes = [], []
    for (xx, xy, xz), (_, yy, yz), (_, _, zz) in inertia:
        values, columns = eigen3(xx, yy, zz, xy, xz, yz)
        moments.append(list(values))
        axes.append([list(row) for row in zip(*columns, strict=True)])
    return moments, axes
