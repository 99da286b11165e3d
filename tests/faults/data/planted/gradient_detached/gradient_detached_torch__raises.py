"""An autodiff that raises."""

import torch


def gradient_detached(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    rate = torch.as_tensor(rate, dtype=x.dtype)
    y = torch.exp(-rate * x * x)
    return y.mul_(x) + rate * x
