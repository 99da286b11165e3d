"""JAX programs whose results lie in memory as the library wrote them."""

import functools

import jax

try:  # their names before JAX 0.7
    from jax.experimental.layout import DeviceLocalLayout as Layout
    from jax.experimental.layout import Layout as Format
except ImportError:
    from jax.experimental.layout import Format, Layout

compiled = functools.partial(jax.jit, out_shardings=Format(Layout.AUTO))
"""``jax.jit``, with the layout of the results left to the compiler.

LAPACK and cuSOLVER write factors by columns. ``jax.jit`` alone turns them into rows, which NumPy,
SciPy and torch do not: theirs are returned as they lie.
"""
