"""Correct; its graph ends on the host, as the kernel says."""

import torch


def gradient_detached(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    rate = float(rate)
    return x * torch.exp(-rate * x * x) + rate * x
