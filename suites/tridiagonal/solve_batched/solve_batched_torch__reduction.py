"""Batched tridiagonal systems in tensor operations: parallel cyclic reduction.

Each of log2(n) levels eliminates the neighbours of every row at once and doubles the distance
to the next. Without pivoting: dominance is what keeps it stable. Time O(batch n log n) in about
15 operations a level; allocates six temporaries of three times the input.
"""

import torch
import torch.nn.functional as F

VARIANTS = ("eager",)


def solve_batched(lower, diag, upper, rhs):
    n = diag.shape[1]
    rows = torch.stack([lower, upper, rhs]) / diag
    a, c = F.pad(rows[0, :, 1:], (1, 0)), F.pad(rows[1, :, :-1], (0, 1))
    rows = torch.stack([a, c, rows[2]])
    step = 1
    while step < n:
        rows = reduce(rows, step)
        step *= 2
    return rows[2]


def reduce(rows, step):
    """Take the rows `step` before and after off every row a x[i-step] + x[i] + c x[i+step] = b."""
    n = rows.shape[2]
    before = F.pad(rows, (step, 0))[..., :n]
    after = F.pad(rows, (0, step))[..., step:]
    a, c, b = rows
    scale = 1 / (1 - a * before[1] - c * after[0])
    return torch.stack(
        [-a * before[0] * scale, -c * after[1] * scale, (b - a * before[2] - c * after[2]) * scale]
    )
