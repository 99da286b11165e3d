"""Correct."""

import jax.numpy as jnp


def gradient_detached(x, rate):
    """Return x exp(-rate x^2) + rate x."""
    return x * jnp.exp(-rate * x * x) + rate * x
