"""Tridiagonal matrices, products, condition numbers and exact solutions; NumPy only.

Rows as everywhere in this suite: ``lower[i] = A[i, i-1]``, ``diag[i] = A[i, i]``,
``upper[i] = A[i, i+1]``. ``lower[..., 0]`` and ``upper[..., -1]`` lie outside the matrix; they
hold numbers all the same, so that code that reads them is found out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Bands = tuple[np.ndarray, np.ndarray, np.ndarray]


def dominant(rng: np.random.Generator, shape: tuple[int, ...]) -> Bands:
    """Return diagonally dominant matrices, as implicit diffusion has them; no pivoting needed."""
    lower, upper = rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape)
    sign = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
    return lower, sign * (np.abs(lower) + np.abs(upper) + rng.uniform(0.1, 1, shape)), upper


def needs_pivoting(rng: np.random.Generator, n: int) -> Bands:
    """Return a well-conditioned matrix that elimination without pivoting cannot solve.

    Every other diagonal entry is tiny or exactly zero beside off-diagonals of order 1.
    """
    lower, diag, upper = dominant(rng, (n,))
    # Pairs of rows whose large entries lie beside the diagonal: [tiny, big; big, tiny].
    tiny = rng.uniform(-1, 1, n) * 10.0 ** rng.uniform(-18, -10, n)
    tiny[rng.random(n) < 0.2] = 0.0
    tiny[0] = 0.0
    upper[0 : n - 1 : 2], lower[1::2] = diag[0 : n - 1 : 2], diag[1::2]
    diag[0 : n - 1 : 2], diag[1::2] = tiny[0 : n - 1 : 2], tiny[1::2]
    return lower, diag, upper


def mixed(rng: np.random.Generator, n: int) -> Bands:
    """Return a random matrix in which about every third row is exchanged."""
    return rng.uniform(-1, 1, n), rng.uniform(-1.5, 1.5, n), rng.uniform(-1, 1, n)


def nearly_singular(rng: np.random.Generator, n: int, cond: float) -> Bands:
    """Return a symmetric matrix moved so close to one of its eigenvalues that cond is reached."""
    diag, off = rng.uniform(-1, 1, n), rng.uniform(0.5, 1, n - 1)
    values = np.linalg.eigvalsh(np.diag(diag) + np.diag(off, 1) + np.diag(off, -1))
    nearest = values[n // 2]
    largest = np.abs(values - nearest).max()
    outside = rng.uniform(0.5, 1, 2)
    lower, upper = np.append(outside[0], off), np.append(off, outside[1])
    return lower, diag - nearest - largest / cond, upper


def singular(rng: np.random.Generator, n: int) -> Bands:
    """Return a matrix with a row of zeros, which stays one under any exchange of rows."""
    lower, diag, upper = dominant(rng, (n,))
    lower[n // 2] = diag[n // 2] = upper[n // 2] = 0.0
    return lower, diag, upper


def product(lower: np.ndarray, diag: np.ndarray, upper: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return A @ x along the first axis; the entries of the bands outside A are not read."""
    y = diag * x
    y[1:] += lower[1:] * x[:-1]
    y[:-1] += upper[:-1] * x[1:]
    return y


def backward_error(inputs: Mapping[str, Any], x: np.ndarray, eps: float) -> float:
    """Return |A x - b| / (eps (|A| |x| + |b|)), each the largest entry of a right-hand side.

    The residual is computed in long double, so that float64 solutions can be judged. A
    solution that is NaN throughout is what a singular matrix gives: the comparison with the
    reference has already asked whether it should be.
    """
    if np.isnan(x).all():
        return 0.0
    wide = [np.asarray(inputs[name], np.longdouble) for name in ("lower", "diag", "upper")]
    b, x = np.asarray(inputs["rhs"], np.longdouble), np.asarray(x, np.longdouble)
    if x.ndim > wide[0].ndim:
        wide = [band[:, None] for band in wide]
    residual = np.abs(product(*wide, x) - b).max(axis=0)
    scale = (product(*map(np.abs, wide), np.abs(x)) + np.abs(b)).max(axis=0)
    return float((residual / (eps * scale)).max())


def condition(inputs: Mapping[str, Any]) -> float:
    """Return an estimate of the 1-norm condition number, or of the inf-norm one if larger.

    ``inf`` for a singular matrix. The estimate solves a few systems with LAPACK's factors; it is a
    lower bound that is rarely off by more than a factor of 3.
    """
    from scipy.linalg.lapack import dgttrf, dgttrs
    from scipy.sparse.linalg import LinearOperator, onenormest

    lower, diag, upper = (np.asarray(inputs[name], float) for name in ("lower", "diag", "upper"))
    n = len(diag)
    if n <= 4:
        dense = np.diag(diag) + np.diag(lower[1:], -1) + np.diag(upper[:-1], 1)
        return float(max(np.linalg.cond(dense, 1), np.linalg.cond(dense, np.inf)))
    *factors, info = dgttrf(lower[1:], diag, upper[:-1])
    if info:
        return np.inf

    def solver(trans: str) -> Any:
        return lambda v: dgttrs(*factors, np.ascontiguousarray(v, float), trans=trans)[0]

    inverse = LinearOperator(
        (n, n), matvec=solver("N"), rmatvec=solver("T"), matmat=solver("N"), rmatmat=solver("T"),
        dtype=float,
    )  # fmt: skip
    ones = np.ones(n)
    columns = product(*map(np.abs, (np.append(0, upper[:-1]), diag, np.append(lower[1:], 0))), ones)
    rows = product(*map(np.abs, (lower, diag, upper)), ones)
    return float(
        max(
            columns.max() * onenormest(inverse, t=min(2, n)),
            rows.max() * onenormest(inverse.adjoint(), t=min(2, n)),
        )
    )


def exact_solution(lower: Any, diag: Any, upper: Any, rhs: Any) -> np.ndarray:
    """Solve at 50 digits by elimination with partial pivoting; rhs of shape (n,) or (n, k)."""
    from mpmath import mp, mpf

    rhs = np.asarray(rhs, float)
    n = len(rhs)
    with mp.workdps(50):
        # Row i as columns i, i + 1, i + 2 of the remaining matrix, then the right-hand sides.
        rows = [
            [mpf(float(diag[i])), mpf(float(upper[i])) if i < n - 1 else mpf(0), mpf(0)]
            + [mpf(float(v)) for v in np.atleast_1d(rhs[i])]
            for i in range(n)
        ]
        for i in range(n - 1):
            below = [mpf(float(lower[i + 1])), *rows[i + 1][:2], *rows[i + 1][3:]]
            pivot = rows[i]
            if abs(below[0]) > abs(pivot[0]):
                pivot, below = below, pivot
            factor = below[0] / pivot[0]
            rest = [b - factor * p for b, p in zip(below, pivot, strict=True)]
            rows[i], rows[i + 1] = pivot, [*rest[1:3], mpf(0), *rest[3:]]
        zero = [mpf(0)] * len(rows[0][3:])
        x = [zero] * (n + 2)
        for i in reversed(range(n)):
            d, u, w, *b = rows[i]
            x[i] = [(v - u * p - w * q) / d for v, p, q in zip(b, x[i + 1], x[i + 2], strict=True)]
        return np.array([[float(v) for v in row] for row in x[:n]]).reshape(rhs.shape)
