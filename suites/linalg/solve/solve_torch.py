"""``torch.linalg.solve``: LAPACK (MKL) or cuSOLVER.

Allocates a copy of the matrix and the result. O(n^3).
"""

import torch

VARIANTS = ("eager",)


def solve(a, b):
    return torch.linalg.solve(a, b)
