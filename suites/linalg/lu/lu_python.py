"""Elimination row by row, each row updated by one list comprehension over a slice.

Twice as fast as loops over indices. Allocates copies of the rows. O(n^3).
"""


def lu(a):
    n = len(a)
    rows = [row[:] for row in a]
    p = list(range(n))
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(rows[i][k]))  # the first of equals
        rows[k], rows[best] = rows[best], rows[k]
        p[k], p[best] = p[best], p[k]
        pivot, *tail = rows[k][k:]
        if pivot == 0.0:
            continue
        for row in rows[k + 1 :]:
            if row[k] != 0.0:
                row[k] = factor = row[k] / pivot
                row[k + 1 :] = [x - factor * y for x, y in zip(row[k + 1 :], tail, strict=True)]
    lower = [row[:k] + [1.0] + [0.0] * (n - 1 - k) for k, row in enumerate(rows)]
    upper = [[0.0] * k + row[k:] for k, row in enumerate(rows)]
    return p, lower, upper
