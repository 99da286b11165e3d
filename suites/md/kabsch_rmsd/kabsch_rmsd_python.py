"""Columns of r - R, nine sums for H, rotation from Jacobi eigenvectors, explicit RMSD.

Sums by ``sum(map(mul, ...))``, whose loops run in C. Allocates some twenty lists of a column's
length a frame. O(frames atoms).
"""

from math import sqrt
from operator import mul

from ..eigen3 import eigen3
from ..python_frames import centered_columns, dot
from ..superpose3 import gram, rotation


def kabsch_rmsd(positions, masses):
    total = sum(masses)
    target = centered_columns(positions[0], masses, total)
    weighted = [list(map(mul, masses, column)) for column in target]
    p, q, r = target
    result = []
    for rows in positions:
        x, y, z = centered_columns(rows, masses, total)
        h = [dot(a, b) for a in (x, y, z) for b in weighted]
        _, (_, middle, largest) = eigen3(*gram(h))
        xx, xy, xz, yx, yy, yz, zx, zy, zz = rotation(h, middle, largest)
        square = sum(
            m
            * (
                (xx * a + xy * b + xz * c - u) ** 2
                + (yx * a + yy * b + yz * c - v) ** 2
                + (zx * a + zy * b + zz * c - w) ** 2
            )
            for m, a, b, c, u, v, w in zip(masses, x, y, z, p, q, r, strict=True)
        )
        result.append(sqrt(square / total))
    return result
