"""Sums of rows with as many partial sums as the vector registers hold, or rows added up.

In the inputs' own dtype. The total is the sum of the rows' sums. Rows (or bands of columns)
are shared out among the threads. Allocates the result. O(n^2).
"""

import numpy as np
from numba import njit, prange

from ..axes import normalised

BAND = 512


# Only "reassoc" lets LLVM keep partial sums; NaN and infinities keep their meaning.
@njit(parallel=True, cache=True, fastmath={"reassoc", "nsz"})
def _along_rows(x):
    sums = np.empty(x.shape[0], x.dtype)
    for i in prange(x.shape[0]):
        row = x[i]
        partial = x.dtype.type(0)
        for j in range(len(row)):
            partial += row[j]
        sums[i] = partial
    return sums


@njit(parallel=True, cache=True)
def _down_columns(x):
    rows, columns = x.shape
    sums = np.zeros(columns, x.dtype)
    for band in prange((columns + BAND - 1) // BAND):
        first = band * BAND
        last = min(first + BAND, columns)
        for i in range(rows):
            for j in range(first, last):
                sums[j] += x[i, j]
    return sums


def sum(x, axis):
    axis = normalised(axis)
    if axis == 0:
        return _down_columns(x)
    rows = _along_rows(x)
    return rows if axis == 1 else rows.sum()
