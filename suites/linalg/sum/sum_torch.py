"""``Tensor.sum``: vectorised partial sums, shared out among the threads.

Allocates the result. O(n^2).
"""


def sum(x, axis):
    return x.sum(dim=axis)
