"""One tridiagonal system of either sweep on whole tensors, compiled; in the units of `problem`.

It is solved by parallel cyclic reduction: each round doubles the distance to the neighbours that
a row still refers to, so that log2(nodes) rounds of whole-tensor operations replace the
elimination, which a tensor would have to walk number by number.
"""

from __future__ import annotations

import torch
from torch.nn.functional import pad


@torch.compile(dynamic=False)
def step(w, given, spread: float, tolerance: float, unit: float, forward):
    """Take a Newton step from `w`, or (`forward`) carry the density `given` by `w`.

    `forward` is a bool tensor so that one graph, which takes seconds to compile, serves both.
    Returns the solution and whether the step was larger than `tolerance`.
    """
    down = w[:-1] - w[1:]
    rise, fall = (-down).clamp(min=0.0), down.clamp(min=0.0)
    to_left, to_right = pad(rise + spread, (1, 0)), pad(fall + spread, (0, 1))
    lower = torch.where(forward, pad(fall + spread, (1, 0)), to_left)
    upper = torch.where(forward, pad(rise + spread, (0, 1)), to_right)
    squares = pad(rise * rise, (1, 0)) + pad(fall * fall, (0, 1))
    x = given + torch.where(forward, 0.0, 0.5 * squares)
    new = solve(lower, upper, x, 1.0 + to_left + to_right)
    size = new.abs().amax().clamp(min=unit)
    return new, (new - w).abs().amax() > tolerance * size


def solve(lower, upper, x, diagonal):
    """Solve diagonal y[i] - lower y[i-1] - upper y[i+1] = x[i]; lower[0] = upper[-1] = 0."""
    inverse = 1.0 / diagonal
    a, b, y = lower * inverse, upper * inverse, x * inverse
    distance, n = 1, len(x)
    while distance < n:
        before, after = (distance, 0), (0, distance)
        a_before, b_before, y_before = (pad(t[:-distance], before) for t in (a, b, y))
        a_after, b_after, y_after = (pad(t[distance:], after) for t in (a, b, y))
        inverse = 1.0 / (1.0 - a * b_before - b * a_after)
        y = (y + a * y_before + b * y_after) * inverse
        a, b = a * a_before * inverse, b * b_after * inverse
        distance *= 2
    return y
