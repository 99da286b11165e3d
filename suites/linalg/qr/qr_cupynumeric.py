"""``cn.linalg.qr``: LAPACK in one task.

Allocates the results and work arrays. O(m n^2).
"""

import cupynumeric as cn


def qr(a):
    q, r = cn.linalg.qr(a)
    return q, r
