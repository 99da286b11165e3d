"""Blocked elimination out of array operations, since cuPyNumeric has no LU of its own.

Each column costs some ten tasks and the reading of one pivot's index, so that launching tasks
takes nearly all the time; the rest is one product a block. Allocates the results and
temporaries of the matrix's size. O(n^3), O(n) tasks.
"""

import cupynumeric as cn

BLOCK = 64


def lu(a):
    n = a.shape[0]
    packed = a.copy()
    p = cn.arange(n)
    for top in range(0, n, BLOCK):
        end = min(top + BLOCK, n)
        for k in range(top, end):
            best = k + int(cn.argmax(cn.abs(packed[k:, k])))
            if best != k:
                exchange(packed, k, best)
                exchange(p, k, best)
            if k + 1 < n:
                pivot = packed[k, k]
                column = packed[k + 1 :, k]
                column = column / cn.where(pivot == 0, cn.ones_like(pivot), pivot)
                packed[k + 1 :, k] = column
                packed[k + 1 :, k + 1 : end] -= column[:, None] * packed[k, k + 1 : end]
        if end < n:
            for k in range(top, end - 1):
                column = packed[k + 1 : end, k]
                packed[k + 1 : end, end:] -= column[:, None] * packed[k, end:]
            packed[end:, end:] -= packed[end:, top:end] @ packed[top:end, end:]
    lower = cn.tril(packed, -1) + cn.eye(n, dtype=a.dtype)
    return p, lower, cn.triu(packed)


def exchange(rows, i, j):
    """Exchange two rows in place."""
    kept = rows[i].copy()
    rows[i] = rows[j].copy()
    rows[j] = kept
