"""Batched tridiagonal systems with eager PyTorch: Thomas' elimination, a row of all at a time.

Three operations a row on the way down and one on the way up, into buffers: what is eliminated
and the right-hand side are one tensor of two rows. A batch that is much narrower than long goes
to cyclic reduction (variant `reduction`): a row of it does not fill a tensor operation.
Time O(batch n); allocates the turned inputs and two arrays of their size.
"""

import torch

from .solve_batched_torch__reduction import solve_batched as solve_by_reduction

VARIANTS = ("eager",)


def solve_batched(lower, diag, upper, rhs):
    batch, n = diag.shape
    if 4 * batch < n:
        return solve_by_reduction(lower, diag, upper, rhs)
    below, above = (band.T.contiguous().unbind() for band in (lower, upper))
    rows = torch.stack([diag.T, rhs.T], dim=1)
    solved = torch.empty_like(rows)  # ratio and value: x[i] = value - ratio x[i+1]
    ratios, values = solved.unbind(1)
    ratios, values, solved, rows = (t.unbind() for t in (ratios, values, solved, rows))
    reduced = rows[0].clone()
    pivot, right = reduced.unbind()
    torch.div(above[0], pivot, out=ratios[0])
    torch.div(right, pivot, out=values[0])
    for i in range(1, n):
        torch.addcmul(rows[i], below[i], solved[i - 1], value=-1, out=reduced)
        torch.div(above[i], pivot, out=ratios[i])
        torch.div(right, pivot, out=values[i])
    for i in range(n - 2, -1, -1):
        values[i].addcmul_(ratios[i], values[i + 1], value=-1)
    return torch.stack(values, dim=1)
