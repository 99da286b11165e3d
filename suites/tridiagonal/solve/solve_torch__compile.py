"""Pivoted tridiagonal elimination with torch.compile: nested dissection, a kernel or two a level.

What a level does (variant `reduction`) is compiled once for all lengths: exchanges of rows
become selections between registers. Compiling all levels into one program is no faster and
takes ten times as long to compile; torch's own scan, a prototype, needs 6 us a row.
Time O(n k), memory about 20 n + 4 n k numbers.
"""

import torch

from .solve_torch__reduction import dissect, merge, split

_merge = torch.compile(merge, dynamic=True)
_split = torch.compile(split, dynamic=True)


def solve(lower, diag, upper, rhs):
    return dissect(lower, diag, upper, rhs, _merge, _split)
