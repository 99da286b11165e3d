"""Vehicles along the vector axis of both passes; the envelopes one after another.

The passes carry all vehicles from point to point, so that XLA vectorises over them; they lower one
array in place, where `lax.scan` copies what it reads and returns (a third slower). The envelopes
(`lax.map`, each until it has converged itself) take only the points that slow some vehicle down,
gathered into the smallest of three sizes that holds them: XLA's shapes are fixed. `vmap` of the
single lap, which walks whole n x B arrays out of the cache, is several times slower. O(n B) per
envelope iteration and pass; two arrays of n x B. Differentiable in forward mode.
"""

from __future__ import annotations

import functools

import jax.numpy as jnp
from jax import lax

from ..car import EPS, EPS_TIME, G
from ..point_mass.point_mass_jax import envelope, force


def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = jnp.abs(curvature), G * jnp.sin(banking), G * grade

    w, iterations = envelopes(
        bend, bank, tyre, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    push, last = 2.0 * ds, len(ds)

    def accelerate(i, w):
        here = w[i]
        gain = force(here, bend[i], bank[i], tyre, a_drive) - drag / mass * here - slope[i]
        return w.at[i + 1].min(jnp.maximum(here + push[i] * gain, w_min))

    w = lax.fori_loop(0, last, accelerate, w.at[0].min(initial_speed * initial_speed))

    def brake(steps, state):
        here, speed, lap_time, energy = state
        i = last - steps
        gain = force(here, bend[i], bank[i], tyre, a_brake) + drag / mass * here + slope[i]
        step = push[i - 1]
        new = jnp.minimum(here + step * jnp.maximum(gain, 0.0), w[i - 1])
        new_speed = jnp.sqrt(new)
        slowness = 1.0 / jnp.maximum((speed + new_speed) / 2.0, EPS)
        power = jnp.maximum((mass * (here - new) / step + drag * new) * new_speed, 0.0)
        lap_time += step / 2.0 * slowness
        energy += power * (step / 2.0 * jnp.minimum(slowness, 1.0 / EPS_TIME))
        return new, new_speed, lap_time, energy

    nothing = jnp.zeros_like(mass)
    state = lax.fori_loop(0, last, brake, (w[-1], jnp.sqrt(w[-1]), nothing, nothing))
    return *state[2:], iterations


def envelopes(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (n, vehicles), and each vehicle's iterations."""
    n = len(bend)
    mu_g, mu_lift, _ = tyre
    slows = (mu_lift * w_max + mu_g) + bank[:, None] < w_max * bend[:, None]
    is_slow = jnp.any(slows, axis=1)

    def among(size):
        points = jnp.nonzero(is_slow, size=size, fill_value=n)[0]
        some_bend = bend.at[points].get(mode="fill", fill_value=0.0)
        some_bank = bank.at[points].get(mode="fill", fill_value=0.0)

        def one_vehicle(tyre):
            return envelope(some_bend, some_bank, tyre, w_min, w_max, iterations, tolerance)

        w, counts = lax.map(one_vehicle, tyre)
        limits = jnp.full((n, len(mu_g)), w_max)
        return limits.at[points].set(w.T, mode="drop"), counts

    sizes = (n // 4, n // 2, n)
    fitting = jnp.sum(jnp.sum(is_slow) > jnp.array(sizes[:-1]))
    return lax.switch(fitting, [functools.partial(among, size) for size in sizes])
