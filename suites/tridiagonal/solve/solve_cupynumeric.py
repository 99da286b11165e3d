"""Pivoted tridiagonal elimination in array operations: nested dissection.

Two neighbouring segments of the matrix share two unknowns. Merging them eliminates both among
the four equations that contain them, with row exchanges: this is elimination with partial
pivoting under another order of the unknowns, and all merges of a level run at once. The dense
solver would need n^2 numbers. Bound by launching 80 operations of 0.3 ms for each of log2(n)
levels. Time O(n k), memory about 20 n + 4 n k numbers.
"""

import cupynumeric as cn


def solve(lower, diag, upper, rhs):
    columns = rhs.reshape(len(diag), -1)
    top, bottom = _pairs(lower, diag, upper, columns)
    levels = []
    while top.shape[1] > 1:
        *pivots, (top, bottom) = _merge(top, bottom)
        levels.append(pivots)
    edges = _ends(top, bottom)
    for first, second in reversed(levels):
        edges = _split(edges, first, second)
    x = _interleave(edges[1], edges[2])[:, : len(diag)]
    x = cn.where(cn.isfinite(x).all(), x, cn.nan)  # a singular matrix: nothing is known
    return x.T.reshape(rhs.shape).astype(rhs.dtype)


def _even(a):
    return a.reshape(*a.shape[:-1], -1, 2)[..., 0]


def _odd(a):
    return a.reshape(*a.shape[:-1], -1, 2)[..., 1]


def _interleave(a, b):
    return cn.stack([a, b], axis=2).reshape(a.shape[0], -1)


def _pairs(lower, diag, upper, columns):
    """Return the two equations of each pair of rows, padded to a power of two with x = 0.

    An equation is a column (before, left, right, after, rhs...): the coefficients of the two
    unknowns of the pair and of their outer neighbours.
    """
    n, k = columns.shape
    size = max(2, 1 << (n - 1).bit_length())
    below, above = cn.zeros(size, diag.dtype), cn.zeros(size, diag.dtype)
    middle, b = cn.ones(size, diag.dtype), cn.zeros((k, size), diag.dtype)
    middle[:n], b[:, :n] = diag, columns.T
    if n > 1:
        below[1:n], above[: n - 1] = lower[1:], upper[:-1]
    zero = cn.zeros(size // 2, diag.dtype)
    top = cn.stack([_even(below), _even(middle), _even(above), zero])
    bottom = cn.stack([zero, _odd(below), _odd(middle), _odd(above)])
    return cn.concatenate([top, _even(b)]), cn.concatenate([bottom, _odd(b)])


def _merge(top, bottom):
    """Eliminate the two unknowns that neighbouring segments share; return the pivots as well."""
    zero = cn.zeros((2, top.shape[1] // 2), top.dtype)
    left, right = [_even(top), _even(bottom)], [_odd(top), _odd(bottom)]
    rows = [
        *(cn.concatenate([e[2:4], e[:2], zero, e[4:]]) for e in left),
        *(cn.concatenate([e[:2], zero, e[2:]]) for e in right),
    ]
    first, rows = _eliminate(rows)
    second, rows = _eliminate(rows)
    return first, second, rows


def _eliminate(rows):
    """Divide the row with the largest leading coefficient by it; take it off the others."""
    pivot, *rest = rows
    for i, row in enumerate(rest):
        swap = cn.abs(row[0]) > cn.abs(pivot[0])
        pivot, rest[i] = cn.where(swap, row, pivot), cn.where(swap, pivot, row)
    pivot = pivot[1:] / pivot[0]
    return pivot, [row[1:] - row[0] * pivot for row in rest]


def _ends(top, bottom):
    """Return the unknowns (before, left, right, after) of the one segment that is left."""
    first, (last,) = _eliminate([cn.concatenate([e[1:3], e[4:]]) for e in (top, bottom)])
    right = last[1:] / last[0]
    left = first[1:] - first[0] * right
    outside = cn.zeros_like(left)
    return outside, left, right, outside


def _split(edges, first, second):
    """Return the unknowns of twice as many segments, each half as long."""
    before, left, right, after = edges
    begin = second[4:] - second[0] * before - second[1] * left
    begin = begin - second[2] * right - second[3] * after
    end = first[5:] - first[0] * begin - first[1] * before - first[2] * left
    end = end - first[3] * right - first[4] * after
    return (
        _interleave(before, end),
        _interleave(left, begin),
        _interleave(end, right),
        _interleave(begin, after),
    )
