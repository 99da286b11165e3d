"""``cn.linalg.cholesky``: LAPACK's potrf, tile by tile for large matrices.

Allocates the result. O(n^3).
"""

import cupynumeric as cn


def cholesky(a):
    return cn.linalg.cholesky(a)
