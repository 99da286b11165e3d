"""Batched tridiagonal systems with torch.compile: Thomas' elimination, 10 rows to a program.

A stretch of 10 rows is unrolled into one fused kernel over all systems, and called again for
every stretch: all rows in one program would take a minute to compile. A batch that is much
narrower than long goes to cyclic reduction (variant `reduction`), all levels in one program: a
call a level takes four times as long at 10,000 rows.
Without pivoting. Time O(batch n); allocates the turned inputs and two arrays of their size.
"""

import torch
import torch.nn.functional as F

from .solve_batched_torch__reduction import reduce

STRETCH = 10
# Waking a second thread costs more than the arithmetic of a short vector.
SERIAL_BELOW = {"cpp.min_chunk_size": 4_096}
_reduce = torch.compile(reduce, dynamic=False, options=SERIAL_BELOW)


@torch.compile(dynamic=False, options=SERIAL_BELOW)
def _down(lower, diag, upper, rhs, ratio, value):
    ratios, values = [], []
    for a, d, c, b in zip(lower, diag, upper, rhs, strict=True):
        inverse = 1 / (d - a * ratio)
        ratio, value = c * inverse, (b - a * value) * inverse
        ratios.append(ratio)
        values.append(value)
    return torch.stack(ratios), torch.stack(values)


@torch.compile(dynamic=False, options=SERIAL_BELOW)
def _up(ratios, values, x):
    solution = []
    for i in reversed(range(len(values))):
        x = values[i] - ratios[i] * x
        solution.append(x)
    return torch.stack(solution[::-1])


def solve_batched(lower, diag, upper, rhs):
    batch, n = diag.shape
    if 4 * batch < n:
        return _reduce(lower, diag, upper, rhs, rows_for_lapack=32)  # a compiled level is cheap
    padding = (0, -n % STRETCH)
    lower = F.pad(lower[:, 1:], (1, padding[1]))
    upper = F.pad(upper[:, :-1], (0, 1 + padding[1]))
    diag, rhs = F.pad(diag, padding, value=1.0), F.pad(rhs, padding)
    rows = [band.T.contiguous().split(STRETCH) for band in (lower, diag, upper, rhs)]
    ratio, value = torch.zeros_like(diag[:, 0]), torch.zeros_like(rhs[:, 0])
    stretches = []
    for stretch in zip(*rows, strict=True):
        ratios, values = _down(*stretch, ratio, value)
        ratio, value = ratios[-1], values[-1]
        stretches.append((ratios, values))
    x = torch.zeros_like(value)
    solution = []
    for ratios, values in reversed(stretches):
        solution.append(_up(ratios, values, x))
        x = solution[-1][0]
    return torch.cat(solution[::-1]).T[:, :n].contiguous()
