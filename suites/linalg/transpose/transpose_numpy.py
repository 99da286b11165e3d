"""The view, copied: NumPy runs along the rows of the source.

Blocks are no faster at these sizes. Runs on one thread. Allocates the result. O(n^2).
"""


def transpose(x):
    return x.T.copy()
