"""Columns of r - R, six sums by ``sum(map(mul, ...))``, Jacobi eigenvalues on floats.

Allocates six lists of a column's length a frame. O(frames atoms).
"""

from math import sqrt

from ..eigen3 import eigen3
from ..python_frames import second_moments


def shape(positions, masses):
    total = sum(masses)
    radius, asphericity, acylindricity = [], [], []
    for rows in positions:
        moments = second_moments(rows, masses, total)
        (a, b, c), _ = eigen3(*moments)
        trace = sum(moments[:3])
        radius.append(sqrt(trace / total))
        asphericity.append((c - (a + b) / 2) / trace)
        acylindricity.append((b - a) / trace)
    return radius, asphericity, acylindricity
