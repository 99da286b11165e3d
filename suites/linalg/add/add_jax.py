"""One fused XLA loop.

Allocates the result. O(n^2).
"""


def add(a, b):
    return a + b
