"""Batched tridiagonal systems with JAX: Thomas' elimination, two scans over the rows.

All systems are the vector that a step works on; the recurrence is one fused kernel.
Time O(batch n); allocates the turned inputs and two arrays of their size.
"""

import jax.numpy as jnp
from jax import lax


def solve_batched(lower, diag, upper, rhs):
    lower = lower.at[:, 0].set(0)

    def down(carry, row):
        ratio, value = carry
        a, d, c, b = row
        inverse = 1 / (d - a * ratio)
        carry = c * inverse, (b - a * value) * inverse
        return carry, carry

    def up(x, row):
        ratio, value = row
        x = value - ratio * x
        return x, x

    zero = jnp.zeros_like(diag[:, 0])
    rows = lower.T, diag.T, upper.at[:, -1].set(0).T, rhs.T
    _, factors = lax.scan(down, (zero, zero), rows)
    _, x = lax.scan(up, zero, factors, reverse=True)
    return x.T
