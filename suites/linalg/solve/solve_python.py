"""Elimination of A with b as one more column, each row one list comprehension; then backwards.

Allocates copies of the rows. O(n^3). A singular matrix raises ZeroDivisionError.
"""

from operator import mul


def solve(a, b):
    n = len(a)
    rows = [[*row, right] for row, right in zip(a, b, strict=True)]
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[best] = rows[best], rows[k]
        pivot, *tail = rows[k][k:]
        for row in rows[k + 1 :]:
            factor = row[k] / pivot
            row[k + 1 :] = [x - factor * y for x, y in zip(row[k + 1 :], tail, strict=True)]
    x = [0.0] * n
    for k in reversed(range(n)):
        row = rows[k]
        x[k] = (row[n] - sum(map(mul, row[k + 1 : n], x[k + 1 :]))) / row[k]
    return x
