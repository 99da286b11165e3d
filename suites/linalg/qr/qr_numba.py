"""Numba's own loops: blocked Householder reflections, nearly all of it in ``numba_gemm``.

Panels are reduced as contiguous columns. Allocates the results, one more matrix and the
reflections. O(m n^2).
"""

import numpy as np

from ..numba_qr import BLOCK, apply_block, factor_in_place


def qr(a):
    n = a.shape[1]
    work = a.copy()
    blocks = factor_in_place(work)
    q = np.eye(*a.shape, dtype=a.dtype)
    for k, (vectors, t) in reversed(list(enumerate(blocks))):
        apply_block(vectors, t, q, k * BLOCK, k * BLOCK)
    return q, work[:n].copy()
