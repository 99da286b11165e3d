"""NumPy building blocks: frames by the chunk, component planes instead of rows of three."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

CHUNK_BYTES = 400_000
"""Of one buffer: two or three of them stay in the second-level cache."""


def chunks(positions: np.ndarray) -> Iterator[slice]:
    """Yield slices of frames that fill a buffer of `CHUNK_BYTES`."""
    frames = len(positions)
    step = max(1, CHUNK_BYTES * frames // max(positions.nbytes, 1))
    for start in range(0, frames, step):
        yield slice(start, min(start + step, frames))


def buffer(positions: np.ndarray) -> np.ndarray:
    """Return room (frames of a chunk, 3, atoms) for `centered_planes`, to be used again."""
    first = next(chunks(positions))
    return np.empty((first.stop, 3, positions.shape[1]), positions.dtype)


def centered_planes(rows: np.ndarray, weights: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write r - R as planes (frames, 3, atoms) and return the part of `out` that was used.

    With atoms innermost every operation runs over long contiguous rows; over an inner axis of
    length 3 the same subtraction takes four times as long.
    """
    planes = out[: len(rows)]
    np.copyto(planes, rows.transpose(0, 2, 1))
    atoms = len(weights)
    planes -= np.matmul(planes.reshape(-1, atoms), weights).reshape(-1, 3, 1)
    return planes


def second_moments(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return sum m d d^T about the centre of mass, (frames, 3, 3)."""
    weights = masses / masses.sum()
    planes, weighted = buffer(positions), buffer(positions)
    moments = np.empty((len(positions), 3, 3), positions.dtype)
    for rows in chunks(positions):
        d = centered_planes(positions[rows], weights, planes)
        md = np.multiply(d, masses, out=weighted[: len(d)])
        np.matmul(d, md.transpose(0, 2, 1), out=moments[rows])
    return moments


def inertia_from_second_moments(moments: np.ndarray) -> np.ndarray:
    """Return tr(S) 1 - S, exactly symmetric, in the memory of `moments`."""
    xx, yy, zz = (moments[:, i, i].copy() for i in range(3))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        np.negative(moments[:, i, j], out=moments[:, i, j])
        moments[:, j, i] = moments[:, i, j]
    np.add(yy, zz, out=moments[:, 0, 0])
    np.add(xx, zz, out=moments[:, 1, 1])
    np.add(xx, yy, out=moments[:, 2, 2])
    return moments


def cross_sum(a: np.ndarray, b: np.ndarray, factor: np.ndarray | None) -> np.ndarray:
    """Return sum over atoms of factor a x b, each centred with the weights of `factor`.

    Parameters
    ----------
    a, b : ndarray (frames, atoms, 3)
    factor : ndarray (atoms,)

    Returns
    -------
    ndarray (frames, 3)
    """
    weights = factor / factor.sum()
    planes, others = buffer(a), buffer(a)
    result = np.empty((len(a), 3), a.dtype)
    for rows in chunks(a):
        d = centered_planes(a[rows], weights, planes)
        w = centered_planes(b[rows], weights, others)
        w *= factor
        axial(np.matmul(d, w.transpose(0, 2, 1)), result[rows])
    return result


def axial(product: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write sum a x b into `out` (frames, 3), from sum a b^T (frames, 3, 3)."""
    np.subtract(product[:, 1, 2], product[:, 2, 1], out=out[:, 0])
    np.subtract(product[:, 2, 0], product[:, 0, 2], out=out[:, 1])
    np.subtract(product[:, 0, 1], product[:, 1, 0], out=out[:, 2])
    return out
