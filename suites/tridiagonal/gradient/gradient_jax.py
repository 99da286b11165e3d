"""Gradient with JAX: slices joined by one concatenation, fused by XLA.

jnp.gradient follows the same rule; averaging one-sided slopes cancels less on an uneven grid.
Time O(n); allocates the output.
"""

import jax.numpy as jnp


def gradient(values, spacing):
    if jnp.ndim(spacing) == 0:
        inner = (values[2:] - values[:-2]) * (0.5 / spacing)
        first, last = (values[1] - values[0]) / spacing, (values[-1] - values[-2]) / spacing
        return jnp.concatenate([first[None], inner, last[None]])
    steps = jnp.diff(spacing)
    slopes = jnp.diff(values) / steps
    h, g = steps[:-1], steps[1:]
    inner = (g * slopes[:-1] + h * slopes[1:]) / (h + g)
    return jnp.concatenate([slopes[:1], inner, slopes[-1:]])
