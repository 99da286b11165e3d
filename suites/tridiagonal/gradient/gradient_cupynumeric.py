"""Gradient with cuPyNumeric: slices assigned to slices of the output.

One-sided slopes averaged with the opposite steps as weights, as in the NumPy form.
Time O(n); allocates the output and two temporaries, five on an uneven grid.
"""

import cupynumeric as cn


def gradient(values, spacing):
    out = cn.empty_like(values)
    if isinstance(spacing, float):
        if len(values) > 2:
            out[1:-1] = (values[2:] - values[:-2]) * (0.5 / spacing)
        out[:1] = (values[1:2] - values[:1]) / spacing
        out[-1:] = (values[-1:] - values[-2:-1]) / spacing
        return out
    steps = spacing[1:] - spacing[:-1]
    slopes = (values[1:] - values[:-1]) / steps
    if len(values) > 2:
        h, g = steps[:-1], steps[1:]
        out[1:-1] = (g * slopes[:-1] + h * slopes[1:]) / (h + g)
    out[:1], out[-1:] = slopes[:1], slopes[-1:]
    return out
