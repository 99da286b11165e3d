"""``map`` of :func:`math.log` over a row; a row that raises is done again with care.

Python raises for zero and for negative numbers where IEEE 754 has a result; asking about every
entry would slow down all rows for the sake of a few. Allocates the result. O(n^2).
"""

from math import inf, nan
from math import log as real


def ieee(value):
    """Return the IEEE 754 result of one number, whatever it is."""
    try:
        return real(value)
    except ValueError:
        return -inf if value == 0 else nan


def log(x):
    rows = []
    for row in x:
        try:
            rows.append(list(map(real, row)))
        except ValueError:
            rows.append(list(map(ieee, row)))
    return rows
