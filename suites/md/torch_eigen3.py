"""Jacobi sweeps as compiled programs: one sweep is compiled once and called a few times."""

import torch

from . import eigen3_arrays as arrays


def stacked(matrix, a, b, c):
    """Return the state of the iteration as one array (15, frames)."""
    return torch.stack((*matrix, *a, *b, *c))


@torch.compile(dynamic=False)
def sweep(state):
    """Return the state after one sweep."""
    rows = state.unbind()
    return stacked(*arrays.sweep(torch, rows[:6], rows[6:9], rows[9:12], rows[12:15]))


@torch.compile(dynamic=False)
def in_order(state):
    """Return values (3, frames) ascending and right-handed columns (3, 3, frames)."""
    rows = state.unbind()
    values, (_, b, c) = arrays.sort3(torch, rows[:3], (rows[6:9], rows[9:12], rows[12:15]))
    a = arrays.cross(b, c)
    return torch.stack(values), torch.stack([torch.stack(column) for column in (a, b, c)])


def eigen3(state):
    """Diagonalise; returns values (3, frames) and columns (3, 3, frames), column by column."""
    for _ in range(arrays.SWEEPS):
        state = sweep(state)
    return in_order(state)
