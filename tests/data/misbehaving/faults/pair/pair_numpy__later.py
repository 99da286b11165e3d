"""Right at first, wrong from the third call on: the output of a timed call is what counts."""

from itertools import count

CALLS = count(1)


def pair(x):
    """Return both outputs."""
    return x + 1, x - (1 if next(CALLS) < 3 else 2)
