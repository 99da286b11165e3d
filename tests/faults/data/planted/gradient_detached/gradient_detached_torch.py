"""Right values; a part of the graph is missing."""

import torch

VARIANTS = ("eager",)


def gradient_detached(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    rate = torch.as_tensor(rate, dtype=x.dtype)
    return x * torch.exp(-rate * x * x) + rate.detach() * x
