"""Pivoted tridiagonal elimination with torch.compile: nested dissection, one kernel a level.

The exchanges of rows are selections between registers, and each level's 60 operations fuse.
A scan over the rows (torch's own is a prototype) takes 6 us a row. Time O(n k), memory about
20 n + 4 n k numbers.
"""

import torch

from .solve_torch__reduction import solve

solve = torch.compile(solve, dynamic=False)
