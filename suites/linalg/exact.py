"""Results to 50 digits, by mpmath, for small matrices.

They are returned as longdouble, the widest that NumPy compares in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

DIGITS = 50


def from_mp(value: Any) -> np.longdouble:
    """Return an mpmath number in extended precision (NaN and infinities too)."""
    import mpmath

    return np.longdouble(mpmath.nstr(value, 25))


def entrywise(function: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """Apply a function of mpmath numbers to each entry."""
    import mpmath

    with mpmath.workdps(DIGITS):
        entries = [
            from_mp(function(*map(mpmath.mpf, map(float, values))))
            for values in zip(*(array.ravel() for array in arrays), strict=True)
        ]
    return np.array(entries, dtype=np.longdouble).reshape(arrays[0].shape)


def matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return A B."""
    return _to_numpy(lambda mp: mp.matrix(a.tolist()) * mp.matrix(b.tolist()))


def solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the solution of A x = b, whatever the condition of A (up to about 1e40)."""
    return _to_numpy(lambda mp: mp.lu_solve(mp.matrix(a.tolist()), mp.matrix(b.tolist())))[:, 0]


def cholesky(a: np.ndarray) -> np.ndarray:
    """Return the lower triangular L with A = L L^T."""
    return _to_numpy(lambda mp: mp.cholesky(mp.matrix(a.tolist())))


def total(x: np.ndarray, axis: int | None) -> np.ndarray:
    """Return the sum over all entries or along an axis."""
    from mpmath import fsum, workdps

    lines = x.ravel() if axis is None else np.moveaxis(x, axis, -1)
    with workdps(DIGITS):
        sums = [from_mp(fsum(map(float, line))) for line in np.atleast_2d(lines)]
    result = np.array(sums, dtype=np.longdouble)
    return result[0] if axis is None else result


def _to_numpy(compute: Callable[[Any], Any]) -> np.ndarray:
    import mpmath

    with mpmath.workdps(DIGITS):
        rows = [[from_mp(value) for value in row] for row in compute(mpmath.mp).tolist()]
    return np.array(rows, dtype=np.longdouble)
