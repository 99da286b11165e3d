"""Columns of r - R and m (v - V), then six sums of products by ``sum(map(mul, ...))``.

The loops run in C: half the time of one Python loop over atoms. Allocates nine lists of a
column's length a frame. O(frames atoms).
"""

from operator import mul

from ..python_frames import centered_columns, cross_sum


def angular_momentum(positions, velocities, masses):
    total = sum(masses)
    momenta = []
    for rows, speeds in zip(positions, velocities, strict=True):
        d = centered_columns(rows, masses, total)
        w = centered_columns(speeds, masses, total)
        momenta.append(cross_sum(d, [list(map(mul, masses, column)) for column in w]))
    return momenta
