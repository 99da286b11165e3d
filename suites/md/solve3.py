"""Angular velocity of one rigid body, omega = I^-1 L, on plain floats.

Pure Python runs it as it is, Numba compiles it. See `solve3_arrays` for the reasoning.
"""

RCOND_IN_EPS = 1000.0


def solve3(xx, yy, zz, xy, xz, yz, u, v, w):
    """Solve I w = L by L D L^T; returns the solution and the smallest pivot.

    The solution is zeros where a pivot is: the pivot tells that it is not to be used.
    """
    if xx == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    yx, zx = xy / xx, xz / xx
    second = yy - yx * xy
    if second == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    rest = yz - yx * xz
    zy = rest / second
    third = zz - zx * xz - zy * rest
    if third == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    v = v - yx * u
    c = (w - zx * u - zy * v) / third
    b = v / second - zy * c
    a = u / xx - yx * b - zx * c
    return a, b, c, min(xx, second, third)


def along_axes(values, columns, u, v, w, rcond):
    """Return sum over axes e of e (e . L) / moment, leaving out moments that count as zero."""
    a = b = c = 0.0
    for k in range(3):
        if values[k] > rcond * values[2]:
            x, y, z = columns[k]
            speed = (x * u + y * v + z * w) / values[k]
            a, b, c = a + speed * x, b + speed * y, c + speed * z
    return a, b, c
