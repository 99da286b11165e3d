"""``torch.linalg.qr``: LAPACK (MKL) or cuSOLVER.

Allocates the results and work arrays. O(m n^2).
"""

import torch

VARIANTS = ("eager",)


def qr(a):
    return torch.linalg.qr(a)
