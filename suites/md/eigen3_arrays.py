"""Symmetric 3x3 eigenproblems of many frames at once, for any array library.

Every number of the 3x3 algorithm is an array over frames, and every step is elementwise: it runs
on each array library alike, in place of one LAPACK call a frame. `xp` is the library: only
``sqrt``, ``where`` and ``abs`` are taken from it.
"""

SWEEPS = 6
"""Jacobi sweeps: fixed, since frames cannot leave the loop one by one. Convergence is quadratic;
five reach round-off for any 3x3 matrix seen, the sixth is in reserve."""


def rotate_away(xp, app, aqq, apq):
    """Return (t, c, s) of the rotations that make the entries (p, q) zero."""
    gap = aqq - app
    root = xp.sqrt(gap * gap + 4.0 * apq * apq)
    denominator = xp.where(gap >= 0, gap + root, gap - root)
    zero = denominator == 0
    t = xp.where(zero, 0.0 * apq, 2.0 * apq / xp.where(zero, 1.0 + gap, denominator))
    c = 1.0 / xp.sqrt(1.0 + t * t)
    return t, c, t * c


def turn(c, s, a, b):
    """Return the pair (a, b) turned."""
    return c * a - s * b, s * a + c * b


def sweep(xp, matrix, a, b, c):
    """Do one Jacobi sweep.

    Parameters
    ----------
    xp : module
    matrix : tuple of 6 arrays
        xx, yy, zz, xy, xz, yz.
    a, b, c : tuple of arrays
        Components of the columns that are turned along; empty where only values are wanted.
    """
    xx, yy, zz, xy, xz, yz = matrix
    t, cos, sin = rotate_away(xp, xx, yy, xy)
    xx, yy, xy = xx - t * xy, yy + t * xy, 0.0 * xy
    xz, yz = turn(cos, sin, xz, yz)
    a, b = turned(cos, sin, a, b)
    t, cos, sin = rotate_away(xp, xx, zz, xz)
    xx, zz, xz = xx - t * xz, zz + t * xz, 0.0 * xz
    xy, yz = turn(cos, sin, xy, yz)
    a, c = turned(cos, sin, a, c)
    t, cos, sin = rotate_away(xp, yy, zz, yz)
    yy, zz, yz = yy - t * yz, zz + t * yz, 0.0 * yz
    xy, xz = turn(cos, sin, xy, xz)
    b, c = turned(cos, sin, b, c)
    return (xx, yy, zz, xy, xz, yz), a, b, c


def turned(cos, sin, a, b):
    """Return two columns turned, component by component."""
    pairs = [turn(cos, sin, p, q) for p, q in zip(a, b, strict=True)]
    return tuple(p for p, _ in pairs), tuple(q for _, q in pairs)


def in_order(xp, u, v, a, b):
    """Return the values u <= v with their columns."""
    swap = u > v
    return (
        xp.where(swap, v, u),
        xp.where(swap, u, v),
        tuple(xp.where(swap, q, p) for p, q in zip(a, b, strict=True)),
        tuple(xp.where(swap, p, q) for p, q in zip(a, b, strict=True)),
    )


def sort3(xp, values, columns):
    """Return values ascending with their columns."""
    (u, v, w), (a, b, c) = values, columns
    u, v, a, b = in_order(xp, u, v, a, b)
    v, w, b, c = in_order(xp, v, w, b, c)
    u, v, a, b = in_order(xp, u, v, a, b)
    return (u, v, w), (a, b, c)


def cross(a, b):
    """Return a x b of two triples."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def identity_like(x):
    """Return the three columns of the unit matrix, each entry an array like `x`."""
    zero = 0.0 * x
    one = zero + 1.0
    return (one, zero, zero), (zero, one, zero), (zero, zero, one)


def eigen3(xp, matrix):
    """Diagonalise.

    Parameters
    ----------
    xp : module
        numpy, torch, jax.numpy, cupynumeric.
    matrix : tuple of 6 arrays
        xx, yy, zz, xy, xz, yz of the matrices, each (frames,).

    Returns
    -------
    values : tuple of 3 arrays
        Ascending.
    columns : tuple of 3 tuples of 3 arrays
        Unit eigenvectors, right-handed.
    """
    a, b, c = identity_like(matrix[0])
    for _ in range(SWEEPS):
        matrix, a, b, c = sweep(xp, matrix, a, b, c)
    values, (_, b, c) = sort3(xp, matrix[:3], (a, b, c))
    return values, (cross(b, c), b, c)


def eigenvalues3(xp, matrix):
    """Return the eigenvalues only, ascending; see `eigen3`."""
    for _ in range(SWEEPS):
        matrix, *_ = sweep(xp, matrix, (), (), ())
    values, _ = sort3(xp, matrix[:3], ((), (), ()))
    return values


def components(matrix):
    """Return xx, yy, zz, xy, xz, yz of symmetric matrices (frames, 3, 3)."""
    return (
        matrix[:, 0, 0],
        matrix[:, 1, 1],
        matrix[:, 2, 2],
        matrix[:, 0, 1],
        matrix[:, 0, 2],
        matrix[:, 1, 2],
    )
