"""One `lax.scan` for each pass, a `lax.while_loop` for the envelope and in every lateral limit.

The tyres are summed one by one, each point until its own limit has settled. O(n) per iteration and
pass, times the inner iterations; XLA keeps about ten arrays of n. Differentiable in forward mode
(`jax.jacfwd`).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ..car import EPS, TINY, G
from ..point_mass.point_mass_jax import lap

MANY = 16
"""Up to here the inner iterations of a pass are unrolled: a loop in a scan's body costs more."""


def single_track(
    ds, curvature, grade, banking,
    mass, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
    front_weight, front_downforce, front_transfer, rear_transfer,
    front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    car = (
        mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
        front_peak / front_load / mass, load_sensitivity / front_load,
        rear_peak / rear_load / mass, load_sensitivity / rear_load,
        load_sensitivity, min_mu_scale, min_lateral, inner_iterations, inner_tolerance,
    )  # fmt: skip
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = jnp.abs(curvature), G * jnp.sin(banking), G * grade
    limits, iterations = envelope(
        bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance
    )

    def share(w, bend, bank):
        """Return what the friction circle leaves of a longitudinal limit, 0 to 1."""
        grip = jnp.maximum(lateral(w, bank, *car), EPS)
        used = bend * w
        return jnp.sqrt(jnp.maximum((grip - used) * (grip + used), TINY)) / grip

    def accelerate(w, at):
        step, bend, bank, slope, limit = at
        gain = a_drive * share(w, bend, bank) - drag / mass * w - slope
        w = jnp.minimum(jnp.maximum(w + step * gain, w_min), limit)
        return w, w

    def brake(w, at):
        step, bend, bank, slope, limit = at
        gain = a_brake * share(w, bend, bank) + drag / mass * w + slope
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


def envelope(bend, bank, car, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    is_straight = bend <= EPS

    def moving(state):
        _, change, count = state
        return (change > tolerance) & (count < iterations)

    def iterate(state):
        w, _, count = state
        limit = jnp.clip(lateral(w, bank, *car) / jnp.maximum(bend, EPS), w_min, w_max)
        new = jnp.where(is_straight, w_max, limit)
        return new, jnp.max(jnp.abs(jnp.sqrt(new) - jnp.sqrt(w))), count + 1

    start = jnp.full_like(bend, w_max), jnp.array(jnp.inf), jnp.array(0)
    w, _, count = lax.while_loop(moving, iterate, start)
    return w, count


def lateral(
    w, side,
    mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
    front_unit, front_rate, rear_unit, rear_rate, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    """Return the lateral limits at squared speeds, one or an array of them."""
    weight, down = mass * G, lift * w
    total = weight + down
    front = jnp.maximum(weight * front_weight + down * front_downforce, 2 * EPS)
    front = jnp.maximum(jnp.minimum(front, total - 2 * EPS), 2 * EPS)
    rear = jnp.maximum(total - front, 2 * EPS)

    static = 1 - load_sensitivity
    front_most, rear_most = front - 2 * EPS, rear - 2 * EPS

    def axle(load, moved, most, unit, rate):
        left = 0.5 * (load - jnp.minimum(moved, most))
        right = load - left
        return unit * (
            left * jnp.maximum(static + rate * left, min_mu_scale)
            + right * jnp.maximum(static + rate * right, min_mu_scale)
        )

    def iterate(state):
        a, is_open, count = state
        new = axle(front, front_transfer * a, front_most, front_unit, front_rate)
        new += axle(rear, rear_transfer * a, rear_most, rear_unit, rear_rate)
        new = jnp.maximum(new + side, min_lateral)
        moved = jnp.abs(new - a) > inner_tolerance
        return jnp.where(is_open, new, a), is_open & moved, count + 1  # each stops by itself

    state = jnp.full_like(w, min_lateral), jnp.ones_like(w, bool), 0
    if w.ndim == 0 and inner_iterations <= MANY:
        for _ in range(inner_iterations):
            state = iterate(state)
        return state[0]

    def is_any_open(state):
        return jnp.any(state[1]) & (state[2] < inner_iterations)

    return lax.while_loop(is_any_open, iterate, state)[0]
