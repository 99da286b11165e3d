"""``lu_factor_ex``: LAPACK (MKL) or cuSOLVER, without the check that a zero pivot is an error.

The pivots are interchanges, counted from 1; they become a permutation on the device: `lu_unpack`
makes a matrix of them, which is multiplied by the numbers of the rows (exact below 2^24 also in
float32; ``argmax`` takes a third of a millisecond longer at order 500). L is what is left of the
packed factors. Allocates these, U and that matrix. O(n^3).
"""

import torch

VARIANTS = ("eager",)


def lu(a):
    packed, pivots, _ = torch.linalg.lu_factor_ex(a)
    matrix, _, _ = torch.lu_unpack(packed, pivots, unpack_data=False)
    rows = torch.arange(len(a), dtype=a.dtype, device=a.device)
    upper = packed.triu()
    return (rows @ matrix).long(), packed.tril_(-1).fill_diagonal_(1), upper
