"""The framework's default dtype, which is float32, and back."""

import torch


def smooth(x, weight):
    """Return both outputs."""
    y = x.clone()
    y[1:-1] = (torch.tensor([weight]) * (x[:-2] + x[2:]).float()).double()
    return y, torch.sum(y)
