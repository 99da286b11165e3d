"""``B.solve`` of the array protocol: each library's own LU with partial pivoting.

Allocates a copy of the matrix and the result. O(n^3).
"""


def solve(B, a, b):
    return B.solve(a, b)
