"""Columns of r - R and of F, then six sums of products by ``sum(map(mul, ...))``.

The loops run in C: half the time of one Python loop over atoms. Allocates six columns a frame.
O(frames atoms).
"""

from ..python_frames import centered_columns, cross_sum


def torque(positions, forces, masses):
    total = sum(masses)
    return [
        cross_sum(centered_columns(rows, masses, total), zip(*pushes, strict=True))
        for rows, pushes in zip(positions, forces, strict=True)
    ]
