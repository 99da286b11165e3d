"""Takes memory, and all of it resident, for as long as there is some."""

import numpy as np


def pair(x):
    """Return what is expected, unless it is stopped before."""
    hoard = []
    while len(hoard) < 12:
        hoard.append(np.ones(1 << 22))  # 32 MiB each
        sum(range(200_000))
    return x + 1, x - 1
