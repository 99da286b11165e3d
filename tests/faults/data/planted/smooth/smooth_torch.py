"""Eager."""

import torch

VARIANTS = ("eager",)


def smooth(x, weight):
    """Return both outputs."""
    y = x.clone()
    y[1:-1] = weight * (x[:-2] + x[2:])
    return y, torch.sum(y)
