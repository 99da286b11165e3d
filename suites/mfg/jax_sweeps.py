"""One backward and one forward sweep as `lax.scan`s, in the units of `problem`."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax


def backward_sweep(last, sources, spread, tolerance, most, unit):
    """Return the value function at all levels, (levels + 1, nodes), from the last one back."""

    def level(value, source):
        given = value + source

        def moving(state):
            _, moved, count = state
            return moved & (count < most)

        def newton_step(state):
            w, _, count = state
            rise, fall = drops(w)
            new = given + 0.5 * (rise * rise + fall * fall)
            new = solve_rows(*weights(rise, fall, spread), new)
            size = jnp.maximum(unit, jnp.max(jnp.abs(new)))
            return new, jnp.max(jnp.abs(new - w)) > tolerance * size, count + 1

        value = lax.while_loop(moving, newton_step, (value, jnp.array(True), 0))[0]
        return value, value

    _, values = lax.scan(level, last, sources, reverse=True)
    return jnp.concatenate((values, last[None]))


def forward_sweep(values, initial, spread):
    """Return the density at all levels, carried by the value function `values`."""

    def level(density, w):
        left, right = weights(*drops(w), spread)
        density = solve_columns(left, right, density)
        return density, density

    _, densities = lax.scan(level, initial, values[:-1])
    return jnp.concatenate((initial[None], densities))


def drops(w):
    """Return by how much each node lies above its left and its right neighbour, at least 0."""
    down = w[:-1] - w[1:]
    return (
        jnp.pad(jnp.maximum(-down, 0.0), (1, 0)),
        jnp.pad(jnp.maximum(down, 0.0), (0, 1)),
    )


def weights(rise, fall, spread):
    """Return the weights of the left and the right neighbour; 0 where there is none."""
    return (rise + spread).at[0].set(0.0), (fall + spread).at[-1].set(0.0)


def solve_rows(left, right, x):
    """Solve (1 + left + right) y[i] - left y[i-1] - right y[i+1] = x[i]."""

    def eliminate(carry, row):
        share, part = carry
        left, right, x = row
        weight = 1.0 / (1.0 + right + left * (1.0 - share))
        carry = right * weight, (x + left * part) * weight
        return carry, carry

    def substitute(y, row):
        share, part = row
        y = part + share * y
        return y, y

    zero = jnp.zeros((), x.dtype)
    _, rows = lax.scan(eliminate, (zero, zero), (left, right, x))
    return lax.scan(substitute, zero, rows, reverse=True)[1]


def solve_columns(left, right, x):
    """Solve (1 + left + right) y[i] - right[i-1] y[i-1] - left[i+1] y[i+1] = x[i]."""

    def eliminate(carry, row):
        share, part, received = carry
        left, right, from_right, x = row
        weight = 1.0 / (1.0 + right + left - received * share)
        share, part = from_right * weight, (x + received * part) * weight
        return (share, part, right), (share, part)

    def substitute(y, row):
        share, part = row
        y = part + share * y
        return y, y

    zero = jnp.zeros((), x.dtype)
    from_right = jnp.append(left[1:], 0.0)
    _, rows = lax.scan(eliminate, (zero, zero, zero), (left, right, from_right, x))
    return lax.scan(substitute, zero, rows, reverse=True)[1]
