"""Row by row, each entry one ``sum(map(mul, ...))`` over the rows so far.

``map`` ends with the shorter row, so that nothing is sliced. Allocates the result. O(n^3).
"""

from math import sqrt
from operator import mul


def cholesky(a):
    rows = []
    for k, source in enumerate(a):
        row = []
        for entry, other in zip(source, rows, strict=False):
            row.append((entry - sum(map(mul, row, other))) / other[-1])
        rest = source[k] - sum(map(mul, row, row))
        if not rest > 0.0:
            raise ArithmeticError(f"the matrix is not positive definite (row {k})")
        rows.append([*row, sqrt(rest)])
    n = len(a)
    return [row + [0.0] * (n - len(row)) for row in rows]
