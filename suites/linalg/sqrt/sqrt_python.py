"""``map`` of :func:`math.sqrt` over a row; a row that raises is done again with care.

Python raises for negative numbers where IEEE 754 has a result; asking about every
entry would slow down all rows for the sake of a few. Allocates the result. O(n^2).
"""

from math import nan
from math import sqrt as real


def ieee(value):
    """Return the IEEE 754 result of one number, whatever it is."""
    try:
        return real(value)
    except ValueError:
        return nan


def sqrt(x):
    rows = []
    for row in x:
        try:
            rows.append(list(map(real, row)))
        except ValueError:
            rows.append(list(map(ieee, row)))
    return rows
