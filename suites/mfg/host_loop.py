"""One backward and one forward sweep over Python floats, in the units of `problem`.

A sweep is thousands of tridiagonal systems that wait for one another. Where a backend has no
compiled loop, the interpreter walks lists of floats faster than short chains of array operations,
so python and torch (eager) share these loops. About 0.25 us a node and Newton step.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from operator import sub

Floats = list[float]


def backward_sweep(
    last: Floats,
    sources: Sequence[Floats],
    spread: float,
    tolerance: float,
    most: int,
    unit: float,
) -> list[Floats]:
    """Return the value function at all levels, from the last one back.

    Parameters
    ----------
    last : list of float
        Values at the last level, one for each node.
    sources : sequence of list of float
        What each level before adds, one list for each.
    spread : float
        Diffusion over one step and cell: sigma^2 Dt / (2 Dx^2).
    tolerance, most : float, int
        A level's Newton iteration stops at a change of `tolerance` relative to the value
        function, or to `unit` where that is larger; or after `most` steps.
    unit : float
        The value 1 in the units of `problem`.
    """
    value = last
    values = [last]
    for source in reversed(sources):
        given = [s + w for s, w in zip(source, value, strict=True)]
        for _ in range(most):
            new = newton_step(value, given, spread)
            change = max(map(abs, map(sub, new, value)))
            value = new
            if change <= tolerance * max(unit, max(new), -min(new)):
                break
        values.append(value)
    values.reverse()
    return values


def newton_step(value: Floats, given: Floats, spread: float) -> Floats:
    """Return the solution of the equations linearised at `value`.

    Row i is (1 + l + r) x[i] - l x[i-1] - r x[i+1] = given[i] + (rise^2 + fall^2) / 2 with
    l = spread + rise and r = spread + fall, where rise and fall are by how much the node lies
    above its left and its right neighbour. Elimination needs no pivots: rows dominate by 1.
    """
    shares, partial = [], []
    add_share, add_partial = shares.append, partial.append
    # At the left end nothing comes from further left.
    left = square = share = part = 0.0
    here = value[0]
    for there, right_side in zip(value[1:], given, strict=False):
        drop = here - there
        here = there
        if drop > 0.0:
            right = spread + drop
            part = right_side + 0.5 * (square + drop * drop) + left * part
            square = rise = 0.0
        else:
            right = spread
            part = right_side + 0.5 * square + left * part
            square = drop * drop
            rise = -drop
        weight = 1.0 / (1.0 + right + left * (1.0 - share))
        share = right * weight
        part *= weight
        add_share(share)
        add_partial(part)
        left = spread + rise
    x = (given[-1] + 0.5 * square + left * part) / (1.0 + left * (1.0 - share))
    solution = [x]
    append = solution.append
    for share, part in zip(reversed(shares), reversed(partial), strict=True):
        x = part + share * x
        append(x)
    solution.reverse()
    return solution


def forward_sweep(values: Sequence[Floats], initial: Floats, spread: float) -> list[Floats]:
    """Return the density at all levels, carried by the value function `values`."""
    density = [initial]
    for value in values[:-1]:
        density.append(density_step(value, density[-1], spread))
    return density


def density_step(value: Floats, density: Floats, spread: float) -> Floats:
    """Return the density one step later: the transpose of the matrix of `newton_step`.

    A node gives to its right neighbour `spread` plus how far it lies above it, and the same on
    the left: what leaves one node arrives at another, so the mass is kept.
    """
    shares, partial = [], []
    add_share, add_partial = shares.append, partial.append
    # From the left neighbour comes `received`; to it goes `returned`.
    received = returned = share = part = 0.0
    here = value[0]
    for there, mass in zip(value[1:], density, strict=False):
        drop = here - there
        here = there
        to_right, to_left = (spread + drop, spread) if drop > 0.0 else (spread, spread - drop)
        weight = 1.0 / (1.0 + to_right + returned - received * share)
        part = (mass + received * part) * weight
        share = to_left * weight
        add_share(share)
        add_partial(part)
        received, returned = to_right, to_left
    x = (density[-1] + received * part) / (1.0 + returned - received * share)
    solution = [x]
    append = solution.append
    for share, part in zip(reversed(shares), reversed(partial), strict=True):
        x = part + share * x
        append(x)
    solution.reverse()
    return solution


def damp(old: list[Floats], new: list[Floats], theta: float) -> tuple[list[Floats], float]:
    """Return old + theta (new - old) and its relative change in the Frobenius norm."""
    rest = 1.0 - theta
    damped, change, size = [], 0.0, 0.0
    for before, after in zip(old, new, strict=True):
        row = [theta * a + rest * b for a, b in zip(after, before, strict=True)]
        damped.append(row)
        change += sum([(a - b) ** 2 for a, b in zip(row, before, strict=True)])
        size += sum([a * a for a in row])
    return damped, sqrt(change / size)


def gradient(value: Floats, factor: float) -> Floats:
    """Return `factor` times the differences per cell: central, one-sided at the ends."""
    half = 0.5 * factor
    inner = [(b - a) * half for a, b in zip(value, value[2:], strict=False)]
    return [(value[1] - value[0]) * factor, *inner, (value[-1] - value[-2]) * factor]
