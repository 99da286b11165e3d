"""``lu_factor_ex``: LAPACK (MKL) or cuSOLVER, without the check that a zero pivot is an error.

The pivots are interchanges, counted from 1; they become a permutation on the device by way of
`torch.lu_unpack`'s matrix. Allocates the packed factors, that matrix and the results. O(n^3).
"""

import torch

VARIANTS = ("eager",)


def lu(a):
    packed, pivots, _ = torch.linalg.lu_factor_ex(a)
    matrix, lower, upper = torch.lu_unpack(packed, pivots)
    return matrix.argmax(dim=0), lower, upper
