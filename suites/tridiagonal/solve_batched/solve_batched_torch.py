"""Batched tridiagonal systems with eager PyTorch: Thomas' elimination, a row of all at a time.

A batch that is much narrower than long goes to parallel cyclic reduction (variant `reduction`):
a row of it does not fill a tensor operation. Time O(batch n); allocates the turned inputs.
"""

import torch

from .solve_batched_torch__reduction import solve_batched as solve_by_reduction

VARIANTS = ("eager",)


def solve_batched(lower, diag, upper, rhs):
    batch, n = diag.shape
    if 4 * batch < n:
        return solve_by_reduction(lower, diag, upper, rhs)
    lower, diag, upper, rhs = (t.T.contiguous().unbind() for t in (lower, diag, upper, rhs))
    inverse = diag[0].reciprocal()
    ratios, values = [upper[0] * inverse], [rhs[0] * inverse]
    for a, d, c, b in zip(lower[1:], diag[1:], upper[1:], rhs[1:], strict=True):
        inverse = torch.addcmul(d, a, ratios[-1], value=-1).reciprocal_()
        values.append(torch.addcmul(b, a, values[-1], value=-1) * inverse)
        ratios.append(c * inverse)
    for i in range(n - 2, -1, -1):
        values[i] = torch.addcmul(values[i], ratios[i], values[i + 1], value=-1)
    return torch.stack(values, dim=1)
