"""XLA's transposition: a compiled function returns arrays laid out by rows, so it copies.

Allocates the result. O(n^2).
"""


def transpose(x):
    return x.T
