"""The matrices of the suite: random ones, and those that defeat a careless algorithm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench_harness import ConfigurationError

SIZES = [10, 50, 100, 500, 1000, 2000]
"""Orders of the ``full`` presets, from which the crossover between backends is read."""

Generator = np.random.Generator


def _random(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    return rng.standard_normal((rows, n))


def _hilbert(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """1 / (i + j + 1): condition 1.5e10 at order 8, 1.7e16 at order 12."""
    return 1.0 / (np.arange(rows)[:, None] + np.arange(n) + 1.0)


def _conditioned(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """Random singular vectors, singular values from 1 down to 1 / cond in equal ratios."""
    left, _ = np.linalg.qr(rng.standard_normal((rows, n)))
    right, _ = np.linalg.qr(rng.standard_normal((n, n)))
    return (left * np.geomspace(1.0, 1.0 / cond, n)) @ right.T


def _growth(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """Wilkinson's matrix: partial pivoting moves nothing, and U grows to 2**(n - 1)."""
    matrix = np.tril(-np.ones((rows, n)), -1) + np.eye(rows, n)
    matrix[:, -1] = 1.0
    return matrix


def _small_pivot(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """A random matrix whose first entry is a pivot nobody should take."""
    matrix = rng.standard_normal((rows, n))
    matrix[0, 0] *= 1e-15
    return matrix


def _tiny(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """Well-conditioned, and every entry below any absolute cut-off one might think of."""
    return 3.7e-14 * rng.standard_normal((rows, n))


def _singular(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """One column of zeros (an exactly zero pivot) and one that repeats another."""
    matrix = rng.standard_normal((rows, n))
    matrix[:, n // 3] = 0.0
    matrix[:, -1] = matrix[:, 0]
    return matrix


def _ties(rng: Generator, rows: int, n: int, cond: float) -> np.ndarray:
    """Entries +-0.7: every column offers many pivots of the same size."""
    return 0.7 * rng.choice([-1.0, 1.0], (rows, n))


GENERAL: Mapping[str, Callable[..., np.ndarray]] = {
    "random": _random,
    "hilbert": _hilbert,
    "conditioned": _conditioned,
    "growth": _growth,
    "small_pivot": _small_pivot,
    "tiny": _tiny,
    "singular": _singular,
    "ties": _ties,
}


def _spd_random(rng: Generator, n: int, cond: float) -> np.ndarray:
    factor = rng.standard_normal((n, 2 * n)) / math.sqrt(2 * n)
    return factor @ factor.T


def _spd_hilbert(rng: Generator, n: int, cond: float) -> np.ndarray:
    return _hilbert(rng, n, n, cond)


def _spd_conditioned(rng: Generator, n: int, cond: float) -> np.ndarray:
    vectors, _ = np.linalg.qr(rng.standard_normal((n, n)))
    return (vectors * np.geomspace(1.0, 1.0 / cond, n)) @ vectors.T


def _spd_tiny(rng: Generator, n: int, cond: float) -> np.ndarray:
    return 3.7e-14 * _spd_random(rng, n, cond)


def _indefinite(rng: Generator, n: int, cond: float) -> np.ndarray:
    """Positive definite but for one eigenvalue: a factorisation must say so."""
    matrix = _spd_random(rng, n, cond)
    matrix[-1, -1] = -0.3
    return matrix


SYMMETRIC: Mapping[str, Callable[..., np.ndarray]] = {
    "random": _spd_random,
    "hilbert": _spd_hilbert,
    "conditioned": _spd_conditioned,
    "tiny": _spd_tiny,
    "indefinite": _indefinite,
}


def general(
    rng: Generator, dtype: np.dtype, kind: str, rows: int, n: int, cond: float
) -> np.ndarray:
    """Return a `rows` x `n` matrix of one of the kinds of `GENERAL`."""
    return GENERAL[kind](rng, rows, n, cond).astype(dtype)


def symmetric(rng: Generator, dtype: np.dtype, kind: str, n: int, cond: float) -> np.ndarray:
    """Return a symmetric matrix of order `n`, of one of the kinds of `SYMMETRIC`.

    Symmetric to the last bit. In float32 the condition number is the square root of `cond`, so
    that the matrix is as far from a singular one, in units of rounding, as it is in float64.
    """
    if dtype == np.float32:
        cond = math.sqrt(cond)
    matrix = SYMMETRIC[kind](rng, n, cond)
    return ((matrix + matrix.T) / 2).astype(dtype)


def check_order(n: Any, name: str = "n") -> None:
    """Raise `ConfigurationError` unless `n` is a positive integer."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ConfigurationError(f"{name} is {n!r}; it must be an integer of at least 1.")


def check_kind(kind: Any, cond: Any, kinds: Mapping[str, Any] = GENERAL) -> None:
    """Raise `ConfigurationError` unless `kind` is known and `cond` at least 1 and finite."""
    if kind not in kinds:
        raise ConfigurationError(f"matrix is {kind!r}. Choose from: {', '.join(kinds)}.")
    number = isinstance(cond, int | float) and not isinstance(cond, bool)
    if not number or not 1.0 <= cond < math.inf:
        raise ConfigurationError(f"cond is {cond!r}; it must be a finite number of at least 1.")
