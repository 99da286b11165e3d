"""The view, copied.

Allocates the result. O(n^2).
"""


def transpose(x):
    return x.T.copy()
