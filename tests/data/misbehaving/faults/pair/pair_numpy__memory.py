"""Asks for more memory than there is."""

import numpy as np


def pair(x):
    """Ask for eight pebibytes."""
    return np.ones(1 << 50), x
