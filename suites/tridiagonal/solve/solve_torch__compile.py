"""Pivoted tridiagonal elimination with torch.compile: nested dissection, a kernel or two a level.

What a level does (variant `reduction`) is compiled once for all lengths: exchanges of rows
become selections between registers. Compiling all levels into one program is no faster and
takes ten times as long to compile; torch's own scan, a prototype, needs 6 us a row.
Time O(n k), memory about 20 n + 4 n k numbers.
"""

import torch

from .solve_torch__reduction import dissect, merge, split

# Waking a second thread costs more than the arithmetic of a short level.
SERIAL_BELOW = {"cpp.min_chunk_size": 16_384}
_merge = torch.compile(merge, dynamic=True, options=SERIAL_BELOW)
_split = torch.compile(split, dynamic=True, options=SERIAL_BELOW)


def solve(lower, diag, upper, rhs):
    return dissect(lower, diag, upper, rhs, _merge, _split)
