"""Numba building blocks for one frame: moments, planes, centres.

What is read once is read as it lies, through `flat`. For more, a frame is split into three planes
first, in a scratch that stays in the first-level cache: sums over planes need no shuffling.
``reassoc`` lets these sums run in several lanes, which also shortens the chain of roundings;
``nnan`` and ``ninf`` are left out, so that non-finite input still shows. Scalars are made from the
arrays' own dtype: a float64 literal would silently turn float32 sums into float64 ones. The
parallel loops only call serial functions, which compile in half the time of the same code in the
loop.
"""

import numpy as np
from numba import njit
from numba.extending import overload

from . import eigen3 as _eigen3
from . import solve3 as _solve3
from . import superpose3 as _superpose3

_PLAIN = {"error_model": "numpy"}
_FAST = {"fastmath": {"reassoc", "contract", "nsz"}, **_PLAIN}
_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what compiled code alone calls: without an entry from Python it takes a fifth less time."""
INTERNAL = {**_PLAIN, **_INNER}
SUMS = {**_FAST, **_INNER}
PARALLEL = {**_FAST, "parallel": True, "cache": True}

BLOCK = 16
"""Frames that one parallel task takes: they share a scratch."""

RCOND_64 = _solve3.RCOND_IN_EPS * float(np.finfo(np.float64).eps)
RCOND_32 = _solve3.RCOND_IN_EPS * float(np.finfo(np.float32).eps)

eigen3 = njit(**INTERNAL)(_eigen3.eigen3)
solve3 = njit(**INTERNAL)(_solve3.solve3)
along_axes = njit(**INTERNAL)(_solve3.along_axes)
gram = njit(**INTERNAL)(_superpose3.gram)
rotation = njit(**INTERNAL)(_superpose3.rotation)


@njit(**INTERNAL)
def superposition(h):
    """Return the rotation, row-major, that maximises tr(R H), computed in float64."""
    wide = (
        np.float64(h[0]),
        np.float64(h[1]),
        np.float64(h[2]),
        np.float64(h[3]),
        np.float64(h[4]),
        np.float64(h[5]),
        np.float64(h[6]),
        np.float64(h[7]),
        np.float64(h[8]),
    )
    xx, yy, zz, xy, xz, yz = gram(wide)
    _, (_, p, q) = eigen3(xx, yy, zz, xy, xz, yz)
    return rotation(wide, p, q)


@njit(**INTERNAL)
def least_squares3(xx, yy, zz, xy, xz, yz, u, v, w, rcond):
    """Return the shortest omega that minimises |I omega - L|."""
    values, columns = eigen3(xx, yy, zz, xy, xz, yz)
    return along_axes(values, columns, u, v, w, rcond)


def flat(trajectory):
    """Return (frames, atoms, 3) as rows (frames, 3 atoms), a copy only if it is not contiguous.

    The step of three from atom to atom is then in the code, and sums over the atoms run in SIMD
    lanes. What only an array's shape tells, the compiler does not know: its loops stay scalar.
    """
    return np.ascontiguousarray(trajectory).reshape(len(trajectory), 3 * trajectory.shape[1])


@overload(flat)
def _flat(trajectory):
    """Compile for an array's layout what it needs: both ways would take a second longer."""

    def view(trajectory):
        return trajectory.reshape(len(trajectory), 3 * trajectory.shape[1])

    def copy(trajectory):
        rows = np.empty((len(trajectory), 3 * trajectory.shape[1]), trajectory.dtype)
        for f in range(len(trajectory)):
            for n in range(rows.shape[1]):
                rows[f, n] = trajectory[f, n // 3, n % 3]
        return rows

    return view if trajectory.layout == "C" else copy


@njit(**SUMS)
def blocks(positions):
    """Return how many tasks the frames make."""
    return (len(positions) + BLOCK - 1) // BLOCK


@njit(**SUMS)
def sum_of(masses):
    """Return the total mass, in the dtype of the masses."""
    total = masses.dtype.type(0)
    for mass in masses:
        total += mass
    return total


@njit(**SUMS)
def median3(a, b, c):
    """Return the one between the other two."""
    return max(min(a, b), min(max(a, b), c))


@njit(**SUMS)
def among(row):
    """Return a point among the atoms: by component, the median of three; one may lie far out."""
    i, j = 3 * (len(row) // 6), len(row) - 3
    return (
        median3(row[0], row[i], row[j]),
        median3(row[1], row[i + 1], row[j + 1]),
        median3(row[2], row[i + 2], row[j + 2]),
    )


@njit(**SUMS)
def central_moments(row, masses, total):
    """Return xx, yy, zz, xy, xz, yz of sum m d d^T about the centre of mass, in one pass.

    The centre as the origin would need a pass of its own before: instead the sums are taken about
    a point among the atoms and moved (the shifted data of Chan, Golub and LeVeque, 1983). Wherever
    the molecule is, that costs a digit or two; about the coordinates' own origin it would cost all.
    """
    a, b, c = among(row)
    x = y = z = xx = yy = zz = xy = xz = yz = masses.dtype.type(0)
    for n in range(len(masses)):
        dx, dy, dz = row[3 * n] - a, row[3 * n + 1] - b, row[3 * n + 2] - c
        mx, my, mz = masses[n] * dx, masses[n] * dy, masses[n] * dz
        x += mx
        y += my
        z += mz
        xx += mx * dx
        yy += my * dy
        zz += mz * dz
        xy += mx * dy
        xz += mx * dz
        yz += my * dz
    p, q, r = x / total, y / total, z / total
    return xx - p * x, yy - q * y, zz - r * z, xy - p * y, xz - p * z, yz - q * z


@njit(**SUMS)
def moved(crossed, middle, summed):
    """Return sum (d - D) x w from sum d x w, D and sum w."""
    x, y, z = middle
    u, v, w = summed
    return crossed[0] - y * w + z * v, crossed[1] - z * u + x * w, crossed[2] - x * v + y * u


@njit(**SUMS)
def planes_for(rows):
    """Return a scratch (3, atoms) for one of `rows`."""
    return np.empty((3, rows.shape[1] // 3), rows.dtype)


@njit(**SUMS)
def split(row, planes):
    """Write one frame, a row of `flat`, as planes (3, atoms).

    One loop over the atoms: three, one an axis, read every row three times.
    """
    for n in range(planes.shape[1]):
        planes[0, n] = row[3 * n]
        planes[1, n] = row[3 * n + 1]
        planes[2, n] = row[3 * n + 2]


@njit(**SUMS)
def center(planes, masses, total):
    """Return the three components of sum m r / total."""
    x = y = z = masses.dtype.type(0)
    for n in range(len(masses)):
        x += masses[n] * planes[0, n]
        y += masses[n] * planes[1, n]
        z += masses[n] * planes[2, n]
    return x / total, y / total, z / total


@njit(**SUMS)
def write_inertia(inertia, xx, yy, zz, xy, xz, yz):
    """Write tr(S) 1 - S, exactly symmetric."""
    inertia[0, 0], inertia[1, 1], inertia[2, 2] = yy + zz, xx + zz, xx + yy
    inertia[0, 1] = inertia[1, 0] = -xy
    inertia[0, 2] = inertia[2, 0] = -xz
    inertia[1, 2] = inertia[2, 1] = -yz


@njit(**SUMS)
def shift(planes, middle):
    """Subtract a point from every atom, in place."""
    for axis in range(3):
        for n in range(planes.shape[1]):
            planes[axis, n] -= middle[axis]


@njit(**SUMS)
def covariance(a, b, masses):
    """Return the nine entries of sum m a b^T, row-major."""
    xx = xy = xz = yx = yy = yz = zx = zy = zz = masses.dtype.type(0)
    for n in range(len(masses)):
        bx, by, bz = masses[n] * b[0, n], masses[n] * b[1, n], masses[n] * b[2, n]
        xx += a[0, n] * bx
        xy += a[0, n] * by
        xz += a[0, n] * bz
        yx += a[1, n] * bx
        yy += a[1, n] * by
        yz += a[1, n] * bz
        zx += a[2, n] * bx
        zy += a[2, n] * by
        zz += a[2, n] * bz
    return xx, xy, xz, yx, yy, yz, zx, zy, zz


@njit(**SUMS)
def deviation(a, b, masses, r):
    """Return sum m |R a - b|^2 with R row-major in `r`."""
    square = masses.dtype.type(0)
    xx, xy, xz, yx, yy, yz, zx, zy, zz = r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]
    for n in range(len(masses)):
        x, y, z = a[0, n], a[1, n], a[2, n]
        dx = xx * x + xy * y + xz * z - b[0, n]
        dy = yx * x + yy * y + yz * z - b[1, n]
        dz = zx * x + zy * y + zz * z - b[2, n]
        square += masses[n] * (dx * dx + dy * dy + dz * dz)
    return square
