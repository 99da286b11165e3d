"""Compiled by the harness."""

import jax.numpy as jnp


def smooth(x, weight):
    """Return both outputs."""
    y = x.at[1:-1].set(weight * (x[:-2] + x[2:]))
    return y, jnp.sum(y)
