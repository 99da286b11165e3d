"""L D L^T frame by frame on floats; Jacobi eigenvectors only for frames that need them.

Allocates the result only. O(frames).
"""

from sys import float_info

from ..eigen3 import eigen3
from ..solve3 import RCOND_IN_EPS, along_axes, solve3


def angular_velocity(inertia, angular_momentum):
    rcond = RCOND_IN_EPS * float_info.epsilon
    least = rcond ** (1 / 3)
    omegas = []
    for ((xx, xy, xz), (_, yy, yz), (_, _, zz)), (u, v, w) in zip(
        inertia, angular_momentum, strict=True
    ):
        a, b, c, pivot = solve3(xx, yy, zz, xy, xz, yz, u, v, w)
        if not pivot > least * (xx + yy + zz):
            values, columns = eigen3(xx, yy, zz, xy, xz, yz)
            a, b, c = along_axes(values, columns, u, v, w, rcond)
        omegas.append([a, b, c])
    return omegas
