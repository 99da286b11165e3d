"""``map`` of :func:`math.exp` over a row; a row that raises is done again with care.

Python raises for overflow where IEEE 754 has a result; asking about every
entry would slow down all rows for the sake of a few. Allocates the result. O(n^2).
"""

from math import exp as real
from math import inf


def ieee(value):
    """Return the IEEE 754 result of one number, whatever it is."""
    try:
        return real(value)
    except OverflowError:
        return inf


def exp(x):
    rows = []
    for row in x:
        try:
            rows.append(list(map(real, row)))
        except OverflowError:
            rows.append(list(map(ieee, row)))
    return rows
