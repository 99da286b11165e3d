"""Exact references for small systems, and wide ones for a single frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

Rational = list[Fraction]


def rational(array: np.ndarray) -> list:
    """Return an array as nested lists of fractions: every binary number is one exactly."""
    if array.ndim == 1:
        return [Fraction(float(value)) for value in array]
    return [rational(row) for row in array]


def center(rows: list[Rational], masses: Rational) -> Rational:
    """Return sum m r / sum m."""
    total = sum(masses)
    return [sum(m * row[i] for m, row in zip(masses, rows, strict=True)) / total for i in range(3)]


def centered(positions: np.ndarray, masses: Rational) -> Iterator[list[Rational]]:
    """Yield r - R of every frame."""
    for frame in positions:
        rows = rational(frame)
        middle = center(rows, masses)
        yield [[a - b for a, b in zip(row, middle, strict=True)] for row in rows]


def cross(a: Rational, b: Rational) -> Rational:
    """Return a x b."""
    return [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]


def dot(a: Rational, b: Rational) -> Fraction:
    """Return a . b."""
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def solve(matrix: list[Rational], right: Rational) -> Rational:
    """Return x of matrix x = right, three equations, by Cramer's rule."""
    a, b, c = matrix
    products = cross(b, c), cross(c, a), cross(a, b)
    determinant = dot(a, products[0])
    return [dot(right, [product[i] for product in products]) / determinant for i in range(3)]


def moments(masses: Rational, one: list[Rational], other: list[Rational]) -> list[Rational]:
    """Return sum m a b^T / M, 3x3, of two centred frames."""
    total = sum(masses)
    columns = [[list(column) for column in zip(*rows, strict=True)] for rows in (one, other)]
    weighted = [[m * x for m, x in zip(masses, column, strict=True)] for column in columns[0]]
    return [[dot(left, right) / total for right in columns[1]] for left in weighted]


def to_float(rows: list) -> np.ndarray:
    """Return nested lists of fractions correctly rounded to float64."""
    return np.array(rows, dtype=object).astype(float)


def wide_centered(frame: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return r - R of one frame in extended precision."""
    frame = frame.astype(np.longdouble)
    weights = masses.astype(np.longdouble)
    return frame - weights @ frame / weights.sum()
