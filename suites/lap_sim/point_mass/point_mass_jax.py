"""A `lax.while_loop` for the envelope and a `lax.fori_loop` for each pass, in squared speeds.

Beats a Jacobi iteration of the passes over whole arrays (5x). The passes lower one array in place:
`lax.scan`, which copies what it reads and returns, takes 10 % more, and unrolled more still.
O(n) per iteration and pass; XLA keeps about ten arrays of n. Differentiable in forward mode
(`jax.jacfwd`: the envelope's while loop has no reverse); lap times have few parameters.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ..car import EPS, EPS_TIME, TINY, G


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = jnp.abs(curvature), G * jnp.sin(banking), G * grade
    limits, iterations = envelope(
        bend, bank, tyre, w_min, w_max, envelope_iterations, envelope_tolerance
    )

    push, last = 2.0 * ds, len(ds)

    def accelerate(i, state):
        w, row = state
        gain = force(w, bend[i], bank[i], tyre, a_drive) - drag / mass * w - slope[i]
        w = jnp.minimum(jnp.maximum(w + push[i] * gain, w_min), row[i + 1])
        return w, row.at[i + 1].set(w)

    def brake(step, state):
        w, row = state
        i = last - step
        gain = force(w, bend[i], bank[i], tyre, a_brake) + drag / mass * w + slope[i]
        # No floor at w_min: w is above it, and braking only adds.
        w = jnp.minimum(w + push[i - 1] * jnp.maximum(gain, 0.0), row[i - 1])
        return w, row.at[i - 1].set(w)

    start = jnp.minimum(limits[0], initial_speed * initial_speed)
    state = lax.fori_loop(0, last, accelerate, (start, limits.at[0].set(start)))
    _, w = lax.fori_loop(0, last, brake, state)
    return *lap(w, ds, curvature, mass, drag), iterations


def envelope(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    mu_g, mu_lift, least_grip = tyre
    is_straight = bend <= EPS
    tight = 1.0 / jnp.maximum(bend, EPS)
    rise = jnp.where(is_straight, 0.0, mu_lift * tight)
    base = jnp.where(is_straight, w_max, (mu_g + bank) * tight)
    least = jnp.maximum(jnp.maximum(least_grip + bank, EPS) * tight, w_min)
    square = tolerance * tolerance

    def excess(new, old):
        """Return a number above 0 where the roots are more than `tolerance` apart."""
        # sqrt(high) > sqrt(low) + tolerance, squared twice
        gap = jnp.maximum(jnp.abs(new - old) - square, 0.0)
        return gap * gap - 4.0 * square * jnp.minimum(new, old)

    def moving(state):
        _, witness, count = state
        return (witness >= 0) & (count < iterations)

    def iterate(state):
        w, witness, count = state
        new = jnp.minimum(jnp.maximum(rise * w + base, least), w_max)

        def search():
            far = excess(new, w)
            farthest = jnp.argmax(far)
            return jnp.where(far[farthest] > 0.0, farthest, -1)

        # While one point is known to move, the others need not be asked.
        witness = lax.cond(excess(new[witness], w[witness]) > 0.0, lambda: witness, search)
        return new, witness, count + 1

    w = jnp.full_like(bend, w_max)
    w, _, count = lax.while_loop(moving, iterate, (w, jnp.array(0), jnp.array(0)))
    return w, count


def force(w, bend, bank, tyre, cap):
    """Return what the friction circle leaves of a longitudinal limit, m/s^2."""
    mu_g, mu_lift, least_grip = tyre
    limit = jnp.maximum(mu_g + mu_lift * w, least_grip)
    grip = jnp.maximum(limit + bank, EPS)
    used = bend * w
    root = jnp.sqrt(jnp.maximum((grip - used) * (grip + used), TINY))
    return jnp.minimum(limit, cap) / grip * root


def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    speed = jnp.sqrt(w)
    ax = jnp.diff(w) / (2.0 * ds)
    ax = jnp.concatenate((ax, ax[-1:]))
    mean = (speed[:-1] + speed[1:]) / 2.0
    power = jnp.maximum((mass * ax + drag * w) * speed, 0.0)[:-1]
    lap_time = jnp.sum(ds / jnp.maximum(mean, EPS))
    energy = jnp.sum(power * (ds / jnp.maximum(mean, EPS_TIME)))
    return speed, ax, w * curvature, lap_time, energy
