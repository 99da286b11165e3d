"""``np.sum``: pairwise along the fast axis, row upon row along the other; one thread.

Allocates the result. O(n^2).
"""


def sum(x, axis):
    return x.sum(axis=axis)
