"""JAX programs whose results lie in memory as the library wrote them."""

import functools

import jax

try:
    from jax.experimental.layout import Format, Layout

    AS_WRITTEN = Format(Layout.AUTO)
except ImportError:  # before JAX 0.7
    from jax.experimental import layout

    AS_WRITTEN = layout.Layout(layout.DeviceLocalLayout.AUTO)

compiled = functools.partial(jax.jit, out_shardings=AS_WRITTEN)
"""``jax.jit``, with the layout of the results left to the compiler.

LAPACK and cuSOLVER write factors by columns. ``jax.jit`` alone turns them into rows, which NumPy,
SciPy and torch do not: theirs are returned as they lie.
"""
