"""The built-in ``sum`` along rows; down the columns, ``sum`` over ``zip``.

Allocates the result. O(n^2).
"""

from ..axes import normalised

add = sum  # the name of the function below


def sum(x, axis):
    axis = normalised(axis)
    if axis == 0:
        return list(map(add, zip(*x, strict=True)))
    rows = list(map(add, x))
    return rows if axis == 1 else add(rows)
