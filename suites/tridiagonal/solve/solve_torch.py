"""Pivoted tridiagonal elimination with eager PyTorch, which has no tridiagonal solver.

A short system on the CPU is solved ON THE HOST, in Python floats (`solve_python`): a tensor
operation costs more than a row, and 60 log2(n) of them as much as 8,000 rows. A longer one, and
any on a GPU, is solved in tensor operations (variant `reduction`). Time O(n k).
"""

import torch

from .solve_python import solve as solve_floats
from .solve_torch__reduction import solve as solve_tensors

NOTE = (
    "host loop: short systems are eliminated over Python floats,"
    " moved to the host and back in the timed region"
)

VARIANTS = ("eager",)
HOST_ROWS = 8_000


def solve(lower, diag, upper, rhs):
    if diag.device.type != "cpu" or rhs.numel() > HOST_ROWS:
        return solve_tensors(lower, diag, upper, rhs)
    x = solve_floats(*(tensor.tolist() for tensor in (lower, diag, upper, rhs)))
    return torch.tensor(x, dtype=rhs.dtype)
