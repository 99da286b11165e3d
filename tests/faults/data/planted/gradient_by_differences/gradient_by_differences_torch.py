"""Right values; the derivative is a difference quotient."""

import torch

VARIANTS = ("eager",)
STEP = 1e-4


def value(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    return x * torch.exp(-rate * x * x) + rate * x


class Differences(torch.autograd.Function):
    """A function with a derivative of its own."""

    @staticmethod
    def forward(context, x, rate):
        """Return the value."""
        context.save_for_backward(x, rate)
        return value(x, rate)

    @staticmethod
    def backward(context, weights):
        """Return the weighted difference quotient."""
        x, rate = context.saved_tensors
        quotient = (value(x, rate + STEP) - value(x, rate)) / STEP
        return None, (weights * quotient).sum()


def gradient_by_differences(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    return Differences.apply(x, torch.as_tensor(rate, dtype=x.dtype))
