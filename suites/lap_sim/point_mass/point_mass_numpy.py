"""Vectorised envelope, the two passes over Python floats, vectorised results.

The reference. Beats per-point NumPy scalars (4x) and a Jacobi iteration of both passes over whole
arrays (6x). Works in squared speeds. O(n) per envelope iteration and per pass; allocates about
twenty arrays of n and six lists.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from ..car import EPS, EPS_TIME, TINY, G
from ..host_loop import accelerate, brake


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = np.abs(curvature), G * np.sin(banking), G * grade
    circles = circle(bend, bank, *tyre)
    limits, iterations = envelope(
        bend, *circles, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    limits = limits.tolist()
    rows = [row.tolist() for row in (2.0 * ds, *circles, slope)]
    start = min(limits[0], initial_speed * initial_speed, w_max)
    w = accelerate(start, limits, *rows, *tyre, a_drive, drag / mass, w_min)
    w = brake(w, *rows, *tyre, a_brake, drag / mass)
    return *lap(np.fromiter(w, float, len(w)), ds, curvature, mass, drag), iterations


def circle(bend, bank, mu_g, mu_lift, least_grip):
    """Return rise, base and least of every point, for `host_loop` and for the envelope."""
    tight = 1.0 / np.maximum(bend, TINY)
    least = np.maximum(least_grip + bank, EPS) * tight
    return mu_lift * tight, (mu_g + bank) * tight, least


def envelope(bend, rise, base, least, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max). Where the
    first does not slow the car, none does: these points are left out.
    """
    limits = np.full_like(bend, w_max)
    slow = np.flatnonzero((rise * w_max + base < w_max) & (bend > EPS))
    if not len(slow):
        return limits, 1
    rise, base, least = rise[slow], base[slow], np.maximum(least[slow], w_min)
    w, old = np.full_like(base, w_max), np.empty_like(base)
    count, witness, speed = 0, 0, sqrt(w_max)
    while count < iterations:
        old, w = w, old
        np.multiply(old, rise, out=w)
        np.add(w, base, out=w)
        np.maximum(w, least, out=w)
        np.minimum(w, w_max, out=w)
        count += 1
        # While one point is known to move, the others need not be asked.
        before, speed = speed, sqrt(w.item(witness))
        if abs(speed - before) <= tolerance:
            change = np.abs(np.sqrt(w) - np.sqrt(old))
            witness = change.argmax()
            if change[witness] <= tolerance:
                break
            speed = sqrt(w.item(witness))
    limits[slow] = w
    return limits, count


def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    speed = np.sqrt(w)
    ax = np.empty_like(w)
    np.divide(w[1:] - w[:-1], 2.0 * ds, out=ax[:-1])
    ax[-1] = ax[-2]
    mean = (speed[:-1] + speed[1:]) / 2.0
    power = np.maximum((mass * ax + drag * w) * speed, 0.0)[:-1]
    lap_time = (ds / np.maximum(mean, EPS)).sum()
    energy = (power * (ds / np.maximum(mean, EPS_TIME))).sum()
    return speed, ax, w * curvature, lap_time, energy
