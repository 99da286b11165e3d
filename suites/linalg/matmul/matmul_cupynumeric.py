"""One gemm task over tiles.

Allocates the result. O(n^3).
"""


def matmul(a, b):
    return a @ b
