"""``torch.matmul``: MKL's gemm on a CPU, cuBLAS on a GPU (without TF32).

Allocates the result. O(n^3).
"""


def matmul(a, b):
    return a @ b
