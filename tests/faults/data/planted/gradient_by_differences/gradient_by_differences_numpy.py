"""Correct."""

import numpy as np


def gradient_by_differences(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    return x * np.exp(-rate * x * x) + rate * x
