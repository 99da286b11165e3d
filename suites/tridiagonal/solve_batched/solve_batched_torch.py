"""Batched tridiagonal systems with eager PyTorch: Thomas' elimination, a row of all at a time.

Three operations a row on the way down, in place, and one on the way up: in between all rows are
divided by their pivots at once. A batch that is much narrower than long goes to cyclic reduction
(variant `reduction`): a row of it does not fill a tensor operation.
Time O(batch n); allocates four turned copies and the result.
"""

import torch

from .solve_batched_torch__reduction import solve_batched as solve_by_reduction

VARIANTS = ("eager",)


def solve_batched(lower, diag, upper, rhs):
    batch, n = diag.shape
    if 4 * batch < n:
        return solve_by_reduction(lower, diag, upper, rhs)
    lower, diag, upper, rhs = map(turned, (lower, diag, upper, rhs))
    below, pivots, above, x = (turned.unbind() for turned in (lower, diag, upper, rhs))
    for i in range(1, n):
        factor = torch.div(below[i], pivots[i - 1], out=below[i])
        pivots[i].addcmul_(factor, above[i - 1], value=-1)
        x[i].addcmul_(factor, x[i - 1], value=-1)
    upper.div_(diag)
    rhs.div_(diag)
    for i in range(n - 2, -1, -1):
        x[i].addcmul_(above[i], x[i + 1], value=-1)
    return turned(rhs)


def turned(band):
    """Return the transpose as a copy with contiguous rows.

    A matrix torch copies tile by tile through a buffer of 60 x 60, which takes twice as long here
    as its plain copy; that is the one it takes with a third axis.
    """
    return band.T[:, :, None].clone(memory_format=torch.contiguous_format)[:, :, 0]
