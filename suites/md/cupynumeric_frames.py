"""cuPyNumeric building blocks: one contraction wherever a sum over atoms can be one.

Each operation is a task that the runtime schedules, hundreds of microseconds each on a CPU:
few operations over whole trajectories beat many over chunks, and temporaries are as large as the
trajectory. An operand that would be broadcast is first written out by an outer product: it is
three to five times faster, since tasks find the place of every number by divisions unless all
their arrays are contiguous.
"""

import cupynumeric as cn

from .solve3_arrays import RCOND_IN_EPS


def center(positions, masses):
    """Return the centres (frames, 3)."""
    return cn.einsum("n,fni->fi", masses, positions) / masses.sum()


def centered(positions, masses):
    """Return r - R (frames, atoms, 3)."""
    return displaced(positions, center(positions, masses))


def displaced(positions, origins):
    """Return positions (frames, atoms, 3) seen from one origin a frame (frames, 3)."""
    return positions - _outer(origins, cn.ones_like(positions[0, :, 0]))


def weighted(vectors, masses):
    """Return m times vectors (frames, atoms, 3)."""
    return vectors * _outer(cn.ones_like(vectors[:, 0]), masses)


def _outer(rows, column):
    """Return the products of (frames, 3) and (atoms,), (frames, atoms, 3)."""
    return cn.einsum("fi,n->fni", rows, column)


def products(a, b):
    """Return sum a b^T (frames, 3, 3)."""
    return cn.matmul(cn.swapaxes(a, 1, 2), b)


def inertia_from_second_moments(moments):
    """Return tr(S) 1 - S, exactly symmetric."""
    xx, yy, zz = moments[:, 0, 0], moments[:, 1, 1], moments[:, 2, 2]
    xy, xz, yz = moments[:, 0, 1], moments[:, 0, 2], moments[:, 1, 2]
    rows = [yy + zz, -xy, -xz, -xy, xx + zz, -yz, -xz, -yz, xx + yy]
    return cn.stack(rows, axis=1).reshape((-1, 3, 3))


def axial(product):
    """Return sum a x b (frames, 3) from sum a b^T (frames, 3, 3)."""
    return cn.stack(
        [
            product[:, 1, 2] - product[:, 2, 1],
            product[:, 2, 0] - product[:, 0, 2],
            product[:, 0, 1] - product[:, 1, 0],
        ],
        axis=1,
    )


def angular_velocity(moments, axes, momentum):
    """Return sum of e (e . L) / moment, leaving out moments that count as zero."""
    zero = moments <= RCOND_IN_EPS * float(cn.finfo(moments.dtype).eps) * moments[:, 2:]
    speeds = (momentum[:, :, None] * axes).sum(axis=1)
    speeds = cn.where(zero, cn.zeros_like(speeds), speeds / cn.where(zero, 1 + moments, moments))
    return (axes * speeds[:, None, :]).sum(axis=2)
