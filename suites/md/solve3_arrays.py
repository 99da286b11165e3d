"""Angular velocities of many rigid bodies at once, omega = I^-1 L, for any array library.

Elementwise over frames, like `eigen3_arrays`.
"""

from .eigen3_arrays import eigen3

RCOND_IN_EPS = 1000.0
"""A moment below this many eps of the largest counts as zero: sums of 1,000 rounded terms do not
tell it from zero. 2.2e-13 in float64, 1.2e-4 in float32."""


def solve3(xp, matrix, vector):
    """Solve I w = L by L D L^T without pivoting, which is stable for positive definite I.

    Parameters
    ----------
    xp : module
    matrix : tuple of 6 arrays
        xx, yy, zz, xy, xz, yz.
    vector : tuple of 3 arrays

    Returns
    -------
    solution : tuple of 3 arrays
    pivot : array
        The smallest pivot.
    """
    xx, yy, zz, xy, xz, yz = matrix
    u, v, w = vector
    yx, zx = xy / xx, xz / xx
    second = yy - yx * xy
    rest = yz - yx * xz
    zy = rest / second
    third = zz - zx * xz - zy * rest
    v = v - yx * u
    w = (w - zx * u - zy * v) / third
    v = v / second - zy * w
    u = u / xx - yx * v - zx * w
    return (u, v, w), xp.minimum(xp.minimum(xx, second), third)


def is_singular(pivot, matrix, rcond):
    """Tell where a moment may be below `rcond` of the largest.

    The pivots multiply to the determinant, as the moments do, so that a smallest moment of
    rcond times the largest leaves a pivot of at most cbrt(rcond) times the largest.
    """
    xx, yy, zz = matrix[:3]
    return ~(pivot > rcond ** (1 / 3) * (xx + yy + zz))  # NaN counts as singular


def least_squares3(xp, matrix, vector, rcond):
    """Return the shortest w that minimises |I w - L|, leaving out moments that count as zero."""
    values, columns = eigen3(xp, matrix)
    return along_axes(xp, values, columns, vector, rcond)


def along_axes(xp, values, columns, vector, rcond):
    """Return sum over axes e of e (e . L) / moment, leaving out moments that count as zero."""
    total = tuple(0.0 * part for part in vector)
    for value, column in zip(values, columns, strict=True):
        zero = value <= rcond * values[2]
        along = sum(e * part for e, part in zip(column, vector, strict=True))
        speed = xp.where(zero, 0.0 * along, along / xp.where(zero, values[2], value))
        total = tuple(part + speed * e for part, e in zip(total, column, strict=True))
    return total
