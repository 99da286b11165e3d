"""``cn.linalg.solve``: LAPACK's gesv in one task.

Allocates a copy of the matrix and the result. O(n^3).
"""

import cupynumeric as cn


def solve(a, b):
    return cn.linalg.solve(a, b)
