"""Householder reflections of columns, each one a ``sum(map(mul, ...))`` and a comprehension.

Works on the columns, which ``zip`` makes of the rows. Allocates the results and the
reflections. O(m n^2).
"""

from math import copysign, hypot
from operator import mul


def qr(a):
    columns = list(map(list, zip(*a, strict=True)))
    m, n = len(a), len(columns)
    reflections = []
    for k in range(n):
        reflection = reflect_to_axis(columns[k][k:])
        reflections.append(reflection)
        if reflection is not None:
            apply(reflection, columns[k:], k)
    upper = [[column[i] if i <= j else 0.0 for j, column in enumerate(columns)] for i in range(n)]
    basis = [[float(i == j) for i in range(m)] for j in range(n)]
    for k in reversed(range(n)):
        if reflections[k] is not None:
            apply(reflections[k], basis[k:], k)
    return list(map(list, zip(*basis, strict=True))), upper


def reflect_to_axis(x):
    """Return v, with H = I - v v^T turning x into a multiple of the first axis; None for 0."""
    length = hypot(*x)
    if length == 0.0:
        return None
    # |v|^2 = 2, from |x - a e1|^2 = 2 length (length + |x0|) with a of the other sign than x0
    first = x[0] / length
    scale = (1.0 + abs(first)) ** 0.5
    v = [entry / length / scale for entry in x]
    v[0] = copysign(scale, first)
    return v


def apply(v, columns, k):
    """Apply I - v v^T to the entries of columns from the k-th on, in place."""
    for column in columns:
        part = column[k:]
        factor = sum(map(mul, v, part))
        column[k:] = [x - factor * y for x, y in zip(part, v, strict=True)]
