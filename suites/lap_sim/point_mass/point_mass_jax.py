"""A `lax.while_loop` for the envelope and one `lax.scan` for each pass, in squared speeds.

Beats a Jacobi iteration of the passes over whole arrays (5x); unrolling the scans only makes them
slower. O(n) per iteration and pass; XLA keeps about ten arrays of n. Differentiable in forward mode
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

    def accelerate(w, at):
        step, bend, bank, slope, limit = at
        gain = force(w, bend, bank, tyre, a_drive) - drag / mass * w - slope
        w = jnp.minimum(jnp.maximum(w + step * gain, w_min), limit)
        return w, w

    def brake(w, at):
        step, bend, bank, slope, limit = at
        gain = force(w, bend, bank, tyre, a_brake) + drag / mass * w + slope
        # No floor at w_min: w is above it, and braking only adds.
        w = jnp.minimum(w + step * jnp.maximum(gain, 0.0), limit)
        return w, w

    push = 2.0 * ds
    start = jnp.minimum(limits[0], initial_speed * initial_speed)
    _, w = lax.scan(accelerate, start, (push, bend[:-1], bank[:-1], slope[:-1], limits[1:]))
    w = jnp.concatenate((start[None], w))
    rows = (push, bend[1:], bank[1:], slope[1:], w[:-1])
    _, back = lax.scan(brake, w[-1], rows, reverse=True)
    w = jnp.concatenate((back, w[-1:]))
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

    def moving(state):
        _, moved, count = state
        return moved & (count < iterations)

    def iterate(state):
        w, _, count = state
        new = jnp.minimum(jnp.maximum(rise * w + base, least), w_max)
        # sqrt(high) > sqrt(low) + tolerance, squared twice
        gap = jnp.maximum(jnp.abs(new - w) - square, 0.0)
        moved = jnp.any(gap * gap > 4.0 * square * jnp.minimum(new, w))
        return new, moved, count + 1

    w = jnp.full_like(bend, w_max)
    w, _, count = lax.while_loop(moving, iterate, (w, jnp.array(True), jnp.array(0)))
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
