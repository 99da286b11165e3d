"""Steps of one level on whole tensors, for torch.compile, in the units of `problem`.

Tridiagonal systems are solved by parallel cyclic reduction: each round doubles the distance to
the neighbours that a row still refers to, so that log2(nodes) rounds of whole-tensor operations
replace the elimination, which a tensor would have to walk number by number.
"""

from __future__ import annotations

import torch
from torch.nn.functional import pad

STEPS = 3
"""Newton steps in one compiled call; a level takes 3 to 6."""


def newton_steps(w, given, spread: float, tolerance: float, unit: float):
    """Take up to `STEPS` Newton steps; return the values and whether the last one still moved.

    A step after the iteration has stopped changes nothing, so their number is that of the other
    backends.
    """
    moving = torch.ones((), dtype=torch.bool, device=w.device)
    for _ in range(STEPS):
        rise, fall = drops(w)
        left, right = weights(rise, fall, spread)
        new = solve(left, right, given + 0.5 * (rise * rise + fall * fall), 1.0 + left + right)
        size = new.abs().amax().clamp(min=unit)
        moved = (new - w).abs().amax() > tolerance * size
        w = torch.where(moving, new, w)
        moving = moving & moved
    return w, moving


def density_step(w, density, spread: float):
    """Return the density one step later, carried by the value function `w`."""
    left, right = weights(*drops(w), spread)
    return solve(pad(right[:-1], (1, 0)), pad(left[1:], (0, 1)), density, 1.0 + left + right)


def drops(w):
    """Return by how much each node lies above its left and its right neighbour, at least 0."""
    down = w[:-1] - w[1:]
    return pad((-down).clamp(min=0.0), (1, 0)), pad(down.clamp(min=0.0), (0, 1))


def weights(rise, fall, spread: float):
    """Return the weights of the left and the right neighbour; 0 where there is none."""
    return pad(rise[1:] + spread, (1, 0)), pad(fall[:-1] + spread, (0, 1))


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
