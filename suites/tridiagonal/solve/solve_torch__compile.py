"""Pivoted tridiagonal elimination with torch.compile: nested dissection, a kernel or two a level.

What a level does (variant `reduction`) is compiled once for all lengths: exchanges of rows
become selections between registers. Compiling all levels into one program is no faster and
takes ten times as long to compile; torch's own scan, a prototype, needs 6 us a row.
Time O(n k), memory about 20 n + 4 n k numbers.
"""

import torch

from .solve_torch__reduction import SEGMENTS_FOR_LAPACK, dissect, merge, split
from .solve_torch__reduction import solve as solve_eagerly

# Waking a second thread costs more than the arithmetic of a short level.
SERIAL_BELOW = {"cpp.min_chunk_size": 16_384}
_merge = torch.compile(merge, dynamic=True, options=SERIAL_BELOW)
_split = torch.compile(split, dynamic=True, options=SERIAL_BELOW)
_solve_short = torch.compile(solve_eagerly, dynamic=False, options=SERIAL_BELOW)


def solve(lower, diag, upper, rhs):
    if len(diag) <= 2 * SEGMENTS_FOR_LAPACK:  # no level at all
        return _solve_short(lower, diag, upper, rhs)
    return dissect(lower, diag, upper, rhs, _merge, _split)
