"""One kernel of ATen, vectorised and shared out among the threads.

Allocates the result. O(n^2).
"""

import torch


def exp(x):
    return torch.exp(x)
