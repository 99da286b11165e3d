"""Pivoted tridiagonal elimination in pure Python: one pass down, one up, over zipped lists.

The row that is carried down lives in local names. A singular matrix gives NaN.
Time O(n k); allocates a tuple per row and right-hand side.
"""

from math import nan


def solve(lower, diag, upper, rhs):
    if isinstance(rhs[0], list):
        columns = [_solve(lower, diag, upper, column) for column in zip(*rhs, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]
    return _solve(lower, diag, upper, rhs)


def _solve(lower, diag, upper, rhs):
    rows = []
    keep = rows.append
    d, u, b = diag[0], upper[0], rhs[0]
    try:
        for below, middle, after, value in zip(
            lower[1:], diag[1:], upper[1:], rhs[1:], strict=True
        ):
            if abs(d) >= abs(below):
                keep((d, u, 0.0, b))
                m = below / d
                d, u, b = middle - m * u, after, value - m * b
            else:
                keep((below, middle, after, value))
                m = d / below
                d, u, b = u - m * middle, -m * after, b - m * value
        x, beyond = b / d, 0.0
    except ZeroDivisionError:
        return [nan] * len(rhs)
    if rows:  # the last band entry lies outside the matrix
        d, u, _, b = rows[-1]
        rows[-1] = d, u, 0.0, b
    solution = [x]
    keep = solution.append
    for d, u, w, b in reversed(rows):
        x, beyond = (b - u * x - w * beyond) / d, x
        keep(x)
    solution.reverse()
    return solution
