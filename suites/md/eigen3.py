"""Eigenvalues and eigenvectors of one symmetric 3x3 matrix, by Jacobi rotations.

Scalar code on plain floats: pure Python runs it as it is, Numba compiles it. Jacobi keeps full
accuracy where moments are equal or zero, which closed formulas do not. Numba computes in float64
here, whatever the dtype of the inputs.
"""

from math import sqrt

SWEEPS = 12  # 4 or 5 are enough; the loop leaves when nothing is left to rotate away


def eigen3(xx, yy, zz, xy, xz, yz):
    """Diagonalise [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]].

    Returns
    -------
    values : tuple of 3 floats
        Ascending.
    columns : tuple of 3 tuples
        Unit eigenvectors, right-handed: the first is the cross product of the others.
    """
    ax, ay, az = 1.0, 0.0, 0.0
    bx, by, bz = 0.0, 1.0, 0.0
    cx, cy, cz = 0.0, 0.0, 1.0
    for _ in range(SWEEPS):
        # Entries this small change no eigenvalue: their squares are far below round-off.
        if xy * xy + xz * xz + yz * yz <= 1e-36 * (xx * xx + yy * yy + zz * zz):
            break
        if xy * xy > 0.0:
            gap = yy - xx
            root = sqrt(gap * gap + 4.0 * xy * xy)
            t = 2.0 * xy / (gap + root if gap >= 0.0 else gap - root)
            c = 1.0 / sqrt(1.0 + t * t)
            s = t * c
            xx, yy, xy = xx - t * xy, yy + t * xy, 0.0
            xz, yz = c * xz - s * yz, s * xz + c * yz
            ax, bx = c * ax - s * bx, s * ax + c * bx
            ay, by = c * ay - s * by, s * ay + c * by
            az, bz = c * az - s * bz, s * az + c * bz
        if xz * xz > 0.0:
            gap = zz - xx
            root = sqrt(gap * gap + 4.0 * xz * xz)
            t = 2.0 * xz / (gap + root if gap >= 0.0 else gap - root)
            c = 1.0 / sqrt(1.0 + t * t)
            s = t * c
            xx, zz, xz = xx - t * xz, zz + t * xz, 0.0
            xy, yz = c * xy - s * yz, s * xy + c * yz
            ax, cx = c * ax - s * cx, s * ax + c * cx
            ay, cy = c * ay - s * cy, s * ay + c * cy
            az, cz = c * az - s * cz, s * az + c * cz
        if yz * yz > 0.0:
            gap = zz - yy
            root = sqrt(gap * gap + 4.0 * yz * yz)
            t = 2.0 * yz / (gap + root if gap >= 0.0 else gap - root)
            c = 1.0 / sqrt(1.0 + t * t)
            s = t * c
            yy, zz, yz = yy - t * yz, zz + t * yz, 0.0
            xy, xz = c * xy - s * xz, s * xy + c * xz
            bx, cx = c * bx - s * cx, s * bx + c * cx
            by, cy = c * by - s * cy, s * by + c * cy
            bz, cz = c * bz - s * cz, s * bz + c * cz
    if xx > yy:
        xx, yy, ax, ay, az, bx, by, bz = yy, xx, bx, by, bz, ax, ay, az
    if yy > zz:
        yy, zz, bx, by, bz, cx, cy, cz = zz, yy, cx, cy, cz, bx, by, bz
    if xx > yy:
        xx, yy, ax, ay, az, bx, by, bz = yy, xx, bx, by, bz, ax, ay, az
    ax, ay, az = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx
    return (xx, yy, zz), ((ax, ay, az), (bx, by, bz), (cx, cy, cz))
