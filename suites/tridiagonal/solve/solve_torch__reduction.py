"""Pivoted tridiagonal elimination in tensor operations: nested dissection, all on the device.

Two neighbouring segments of the matrix share two unknowns. Merging them eliminates both among
the four equations that contain them, with row exchanges: this is elimination with partial
pivoting under another order of the unknowns, and all merges of a level run at once, in 60
operations. The last segments go to LAPACK in one call, which costs less than three more levels.
Time O(n k), memory about 20 n + 4 n k numbers.
"""

import torch
import torch.nn.functional as F

VARIANTS = ("eager",)
SEGMENTS_FOR_LAPACK = 8  # so few that the smallest systems are dissected as well


def solve(lower, diag, upper, rhs):
    return dissect(lower, diag, upper, rhs, merge, split)


def dissect(lower, diag, upper, rhs, merge, split):
    """Solve with `merge` and `split` as given: plain, or compiled."""
    columns = rhs.reshape(len(diag), -1)
    top, bottom = _pairs(lower, diag, upper, columns)
    levels = []
    while top.shape[1] > SEGMENTS_FOR_LAPACK:
        *pivots, (top, bottom) = merge(top, bottom)
        levels.append(pivots)
    edges = _solve_dense(top, bottom)
    for first, second in reversed(levels):
        edges = split(edges, first, second)
    x = torch.stack(edges[1:3], dim=2).reshape(columns.shape[1], -1)[:, : len(diag)]
    x = torch.where(x.isfinite().all(), x, torch.nan)  # a singular matrix: nothing is known
    return x.T.reshape(rhs.shape).contiguous()


def _pairs(lower, diag, upper, columns):
    """Return the two equations of each pair of rows, padded to a power of two with x = 0.

    An equation is a column (before, left, right, after, rhs...): the coefficients of the two
    unknowns of the pair and of their outer neighbours.
    """
    n = len(diag)
    padding = (0, max(2, 1 << (n - 1).bit_length()) - n)
    lower, upper = F.pad(lower[1:], (1, padding[1])), F.pad(upper[:-1], (0, 1 + padding[1]))
    diag, columns = F.pad(diag, padding, value=1.0), F.pad(columns.T, padding)
    zero = torch.zeros_like(diag[::2])
    top = torch.stack([lower[::2], diag[::2], upper[::2], zero])
    bottom = torch.stack([zero, lower[1::2], diag[1::2], upper[1::2]])
    return torch.cat([top, columns[:, ::2]]), torch.cat([bottom, columns[:, 1::2]])


def merge(top, bottom):
    """Eliminate the two unknowns that neighbouring segments share; return the pivots as well."""
    zero = torch.zeros_like(top[:2, ::2])
    rows = [
        *(torch.cat([e[2:4, ::2], e[:2, ::2], zero, e[4:, ::2]]) for e in (top, bottom)),
        *(torch.cat([e[:2, 1::2], zero, e[2:, 1::2]]) for e in (top, bottom)),
    ]
    first, rows = _eliminate(rows)
    second, rows = _eliminate(rows)
    return first, second, rows


def _eliminate(rows):
    """Divide the row with the largest leading coefficient by it; take it off the others."""
    pivot, *rest = rows
    for i, row in enumerate(rest):
        swap = row[0].abs() > pivot[0].abs()
        pivot, rest[i] = torch.where(swap, row, pivot), torch.where(swap, pivot, row)
    pivot = pivot[1:] / pivot[0]
    return pivot, [row[1:] - row[0] * pivot for row in rest]


def _solve_dense(top, bottom):
    """Return the unknowns (before, left, right, after) of the segments that are left."""
    rows = torch.stack((top, bottom), dim=2).flatten(1).T
    # Equations 2 j and 2 j + 1 hold the unknowns 2 j - 1 to 2 j + 2, two of which may lie outside.
    count = len(rows)
    places = torch.arange(count, device=rows.device).bitwise_and(-2)[:, None]
    places = places + torch.arange(4, device=rows.device)
    matrix = rows.new_zeros(count, count + 2).scatter(1, places, rows[:, :4])[:, 1:-1]
    x, info = torch.linalg.solve_ex(matrix, rows[:, 4:])
    x = torch.where(info == 0, x, torch.nan).T
    left, right = x[:, ::2].clone(), x[:, 1::2].clone()  # torch.compile tells views from the rest
    return F.pad(right[:, :-1], (1, 0)), left, right, F.pad(left[:, 1:], (0, 1))


def split(edges, first, second):
    """Return the unknowns of twice as many segments, each half as long."""
    before, left, right, after = edges
    b, l, r, a, *_ = second  # noqa: E741
    begin = second[4:] - b * before - l * left - r * right - a * after
    s, b, l, r, a, *_ = first  # noqa: E741
    end = first[5:] - s * begin - b * before - l * left - r * right - a * after
    halves = [(before, end), (left, begin), (end, right), (begin, after)]
    return tuple(torch.stack(pair, dim=2).flatten(1) for pair in halves)
