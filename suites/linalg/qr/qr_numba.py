"""Numba's own loops: blocked Householder reflections, nearly all of it in ``numba_gemm``.

Panels are reduced as contiguous columns. Allocates the results, one more matrix and the
reflections. O(m n^2).
"""

import numpy as np
from numba import njit

from ..numba_qr import BLOCK, apply_block, factor_block


@njit(cache=True)
def qr(a):
    n = a.shape[1]
    work = a.copy()
    blocks = [factor_block(work, top, min(BLOCK, n - top)) for top in range(0, n, BLOCK)]
    q = np.zeros_like(a)
    for i in range(n):
        q[i, i] = 1
    for b in range(len(blocks) - 1, -1, -1):
        vectors, t = blocks[b]
        apply_block(vectors, t, q, b * BLOCK, b * BLOCK)
    r = work[:n].copy()
    return q, r
