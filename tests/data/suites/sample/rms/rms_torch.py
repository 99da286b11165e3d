"""Eager, and compiled by the harness."""

import torch


def rms(x):
    """Return the root mean square."""
    return torch.sqrt(torch.mean(x * x))
