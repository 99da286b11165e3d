"""The rotation that superposes one set of points on another, on plain floats.

Pure Python runs it as it is, Numba compiles it. From H = sum m a b^T (row-major, nine numbers):
right singular vectors from H^T H, left ones as H v. The third of each is a cross product, so that
the result is a rotation, never a reflection, and the best one. Squaring H costs nothing here: an
error d of the rotation changes the squared deviation by d^2 only.
"""

from math import sqrt


def gram(h):
    """Return xx, yy, zz, xy, xz, yz of H^T H."""
    h00, h01, h02, h10, h11, h12, h20, h21, h22 = h
    return (
        h00 * h00 + h10 * h10 + h20 * h20,
        h01 * h01 + h11 * h11 + h21 * h21,
        h02 * h02 + h12 * h12 + h22 * h22,
        h00 * h01 + h10 * h11 + h20 * h21,
        h00 * h02 + h10 * h12 + h20 * h22,
        h01 * h02 + h11 * h12 + h21 * h22,
    )


def rotation(h, p, q):
    """Return the nine numbers, row-major, of the rotation R that maximises tr(R H).

    `p` and `q` are the eigenvectors of H^T H with the middle and the largest eigenvalue.
    """
    h00, h01, h02, h10, h11, h12, h20, h21, h22 = h
    px, py, pz = p
    qx, qy, qz = q
    ux = h00 * qx + h01 * qy + h02 * qz
    uy = h10 * qx + h11 * qy + h12 * qz
    uz = h20 * qx + h21 * qy + h22 * qz
    largest = sqrt(ux * ux + uy * uy + uz * uz)
    if largest == 0.0:  # all points coincide: any rotation will do
        return 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0
    ux, uy, uz = ux / largest, uy / largest, uz / largest
    vx = h00 * px + h01 * py + h02 * pz
    vy = h10 * px + h11 * py + h12 * pz
    vz = h20 * px + h21 * py + h22 * pz
    along = ux * vx + uy * vy + uz * vz
    vx, vy, vz = vx - along * ux, vy - along * uy, vz - along * uz
    second = sqrt(vx * vx + vy * vy + vz * vz)
    if second <= 1e-12 * largest:  # a rod: any turn about it will do
        vx, vy, vz = (0.0, uz, -uy) if abs(ux) < 0.7 else (uy, -ux, 0.0)
        second = sqrt(vx * vx + vy * vy + vz * vz)
    vx, vy, vz = vx / second, vy / second, vz / second
    wx, wy, wz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    rx, ry, rz = qy * pz - qz * py, qz * px - qx * pz, qx * py - qy * px
    return (
        qx * ux + px * vx + rx * wx,
        qx * uy + px * vy + rx * wy,
        qx * uz + px * vz + rx * wz,
        qy * ux + py * vx + ry * wx,
        qy * uy + py * vy + ry * wy,
        qy * uz + py * vz + ry * wz,
        qz * ux + pz * vx + rz * wx,
        qz * uy + pz * vy + rz * wy,
        qz * uz + pz * vz + rz * wz,
    )
