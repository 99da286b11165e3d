"""Elimination row by row, each row replaced by one list comprehension over what is left of it.

Multipliers are kept apart, so that nothing is copied but the active part. Allocates the results
and O(n^3) short-lived numbers. O(n^3).
"""


def lu(a):
    n = len(a)
    active = list(a)  # what is left of the rows, from column k on
    lower = [[] for _ in a]
    upper = []
    p = list(range(n))
    for k in range(n):
        best = max(range(n - k), key=lambda i: abs(active[i][0]))  # the first of equals
        for rows, first in ((active, 0), (lower, k), (p, k)):
            rows[first], rows[first + best] = rows[first + best], rows[first]
        pivot, *tail = active[0]
        upper.append([0.0] * k + active[0])
        following = []
        for i, row in enumerate(active[1:], k + 1):
            factor = row[0] / pivot if pivot else 0.0
            lower[i].append(factor)
            following.append([x - factor * y for x, y in zip(row[1:], tail, strict=True)])
        active = following
    return p, [row + [1.0] + [0.0] * (n - 1 - len(row)) for row in lower], upper
