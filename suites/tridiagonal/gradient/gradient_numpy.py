"""Gradient with NumPy slices written into the output: a subtraction and a scaling.

The rule of np.gradient with fewer temporaries. On an uneven grid one-sided slopes are averaged
with the opposite steps as weights, which cancels less than the three products of np.gradient.
Time O(n); allocates the output, and on an uneven grid two temporaries and a product.
"""

import numpy as np


def gradient(values, spacing):
    out = np.empty_like(values)
    if np.ndim(spacing) == 0:
        inner = np.subtract(values[2:], values[:-2], out=out[1:-1])
        inner *= 0.5 / spacing
        out[0] = (values[1] - values[0]) / spacing
        out[-1] = (values[-1] - values[-2]) / spacing
        return out
    steps, slopes = np.diff(spacing), np.diff(values)
    slopes /= steps
    out[0], out[-1] = slopes[0], slopes[-1]
    inner = np.multiply(steps[1:], slopes[:-1], out=out[1:-1])
    slopes[1:] *= steps[:-1]
    inner += slopes[1:]
    steps[:-1] += steps[1:]
    inner /= steps[:-1]
    return out
