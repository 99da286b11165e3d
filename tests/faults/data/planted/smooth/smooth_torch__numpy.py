"""A backend argument that changes nothing: NumPy inside, tensors outside."""

import numpy as np
import torch

from .smooth_numpy import smooth as right


def smooth(x, weight):
    """Return both outputs, computed by NumPy."""
    y, total = right(x.numpy(), weight)
    return torch.from_numpy(y), torch.from_numpy(np.array(total))
