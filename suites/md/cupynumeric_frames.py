"""cuPyNumeric building blocks: matrix products wherever a sum over atoms is one.

Each operation is a task that the runtime schedules, hundreds of microseconds each on a CPU:
few operations over whole trajectories beat many over chunks, and temporaries are as large as the
trajectory.
"""

import cupynumeric as cn


def center(positions, masses):
    """Return the centres (frames, 3), one product of (frames, 3 N) with (masses kron 1_3)."""
    frames, atoms, _ = positions.shape
    spread = masses[:, None, None] * cn.eye(3, dtype=masses.dtype)
    return positions.reshape(frames, 3 * atoms) @ spread.reshape(3 * atoms, 3) / masses.sum()


def centered(positions, masses):
    """Return r - R (frames, atoms, 3)."""
    return positions - center(positions, masses)[:, None, :]


def second_moments(d, masses):
    """Return sum m d d^T (frames, 3, 3)."""
    return cn.matmul((d * masses[:, None]).transpose(0, 2, 1), d)


def inertia_from_second_moments(moments):
    """Return tr(S) 1 - S, exactly symmetric."""
    xx, yy, zz = moments[:, 0, 0], moments[:, 1, 1], moments[:, 2, 2]
    xy, xz, yz = moments[:, 0, 1], moments[:, 0, 2], moments[:, 1, 2]
    rows = (yy + zz, -xy, -xz, -xy, xx + zz, -yz, -xz, -yz, xx + yy)
    return cn.stack(rows, axis=1).reshape(-1, 3, 3)


def axial(product):
    """Return sum a x b (frames, 3) from sum a b^T (frames, 3, 3)."""
    return cn.stack(
        (
            product[:, 1, 2] - product[:, 2, 1],
            product[:, 2, 0] - product[:, 0, 2],
            product[:, 0, 1] - product[:, 1, 0],
        ),
        axis=1,
    )
