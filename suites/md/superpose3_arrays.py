"""The rotations that superpose many sets of points on one other, for any array library.

Elementwise over frames, like `eigen3_arrays`; the reasoning is in `superpose3`.
"""

from .eigen3_arrays import cross


def gram(h):
    """Return xx, yy, zz, xy, xz, yz of H^T H; `h` is nine arrays, row-major."""
    columns = [(h[k], h[3 + k], h[6 + k]) for k in range(3)]
    pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    return tuple(dot(columns[i], columns[j]) for i, j in pairs)


def dot(a, b):
    """Return the dot product of two triples."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def rotations(xp, h, p, q, least):
    """Return nine arrays, row-major: the rotations R that maximise tr(R H).

    Parameters
    ----------
    xp : module
    h : tuple of 9 arrays
        Row-major.
    p, q : tuple of 3 arrays
        Eigenvectors of H^T H with the middle and the largest eigenvalue.
    least : float
        Singular values below this part of the largest count as zero.
    """
    rows = (h[:3], h[3:6], h[6:])
    u = tuple(dot(row, q) for row in rows)
    largest = xp.sqrt(dot(u, u))
    u = tuple(part / xp.where(largest > 0, largest, 1.0 + largest) for part in u)
    u = (xp.where(largest > 0, u[0], 1.0 + u[0]), u[1], u[2])
    v = tuple(dot(row, p) for row in rows)
    along = dot(u, v)
    v = tuple(part - along * e for part, e in zip(v, u, strict=True))
    rod = dot(v, v) <= (least * largest) ** 2  # any turn about it will do
    steep = xp.abs(u[0]) >= 0.7
    v = (
        xp.where(rod, xp.where(steep, u[1], 0.0 * u[0]), v[0]),
        xp.where(rod, xp.where(steep, -u[0], u[2]), v[1]),
        xp.where(rod, xp.where(steep, 0.0 * u[0], -u[1]), v[2]),
    )
    second = xp.sqrt(dot(v, v))
    v = tuple(part / second for part in v)
    w, r = cross(u, v), cross(q, p)
    return tuple(q[i] * u[j] + p[i] * v[j] + r[i] * w[j] for i in range(3) for j in range(3))
