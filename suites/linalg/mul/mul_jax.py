"""One fused XLA loop.

Allocates the result. O(n^2).
"""


def mul(a, b):
    return a * b
