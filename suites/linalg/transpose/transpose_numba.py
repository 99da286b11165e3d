"""Tiles of 32 x 32 that fit into the first-level cache, shared out among the threads.

Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange

TILE = 32


@njit(parallel=True, cache=True)
def transpose(x):
    rows, columns = x.shape
    y = np.empty((columns, rows), x.dtype)
    for block in prange((columns + TILE - 1) // TILE):
        first = block * TILE
        last = min(first + TILE, columns)
        for top in range(0, rows, TILE):
            bottom = min(top + TILE, rows)
            for j in range(first, last):
                for i in range(top, bottom):
                    y[j, i] = x[i, j]
    return y
