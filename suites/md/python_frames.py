"""Pure Python building blocks for one frame: a list of rows [x, y, z]."""

from operator import mul


def dot(a, b):
    """Return sum a b."""
    return sum(map(mul, a, b))


def centered_columns(rows, masses, total):
    """Return the three columns of r - R as lists."""
    centered = []
    for column in zip(*rows, strict=True):
        middle = sum(map(mul, masses, column)) / total
        centered.append([value - middle for value in column])
    return centered


def second_moments(rows, masses, total):
    """Return xx, yy, zz, xy, xz, yz of sum m d d^T about the centre of mass."""
    x, y, z = centered_columns(rows, masses, total)
    mx = list(map(mul, masses, x))
    my = list(map(mul, masses, y))
    mz = map(mul, masses, z)
    return dot(mx, x), dot(my, y), dot(mz, z), dot(mx, y), dot(mx, z), dot(my, z)


def inertia(moments):
    """Return tr(S) 1 - S as nested lists."""
    xx, yy, zz, xy, xz, yz = moments
    return [[yy + zz, -xy, -xz], [-xy, xx + zz, -yz], [-xz, -yz, xx + yy]]


def cross_sum(a, b):
    """Return sum a x b of two sets of columns."""
    (ax, ay, az), (bx, by, bz) = a, b
    return [
        dot(ay, bz) - dot(az, by),
        dot(az, bx) - dot(ax, bz),
        dot(ax, by) - dot(ay, bx),
    ]
