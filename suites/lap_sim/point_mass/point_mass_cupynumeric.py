"""Array envelope and results; the two passes over Python floats on the host.

The counterpart of torch's host loop: an array operation costs Legate 0.1-0.3 ms whatever its
length, so that a pass over 1400 points is hopeless as operations on points, and takes seconds as a
Jacobi iteration over whole arrays (`point_mass_cupynumeric__jacobi.py`, which stays on the device).
Moves six rows to the host and one back. O(n) per iteration and pass; twenty arrays of n.
"""

from __future__ import annotations

import cupynumeric as cn

from ..car import EPS, EPS_TIME, TINY, G
from ..host_loop import accelerate, brake

NOTE = (
    "host loop: the two passes run over Python floats,"
    " moved to the host and back in the timed region"
)


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = cn.abs(curvature), G * cn.sin(banking), G * grade
    circles = circle(bend, bank, *tyre)
    limits, iterations = envelope(
        bend, *circles, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    limits = limits.tolist()
    rows = [row.tolist() for row in (2.0 * ds, *circles, slope)]
    start = min(limits[0], initial_speed * initial_speed)
    w = accelerate(start, limits, *rows, *tyre, a_drive, drag / mass, w_min)
    w = brake(w, *rows, *tyre, a_brake, drag / mass)
    return *lap(cn.array(w), ds, curvature, mass, drag), cn.array(iterations)


def circle(bend, bank, mu_g, mu_lift, least_grip):
    """Return rise, base and least of every point, for `host_loop` and for the envelope."""
    tight = 1.0 / cn.maximum(bend, TINY)
    least = cn.maximum(least_grip + bank, EPS) * tight
    return mu_lift * tight, (mu_g + bank) * tight, least


def envelope(bend, rise, base, least, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    is_straight = bend <= EPS
    rise = cn.where(is_straight, 0.0, rise)
    base = cn.where(is_straight, w_max, base)
    least = cn.maximum(least, w_min)
    w = cn.full_like(bend, w_max)
    speed = cn.sqrt(w)
    count, change = 0, float("inf")
    while count < iterations and change > tolerance:
        w = cn.minimum(cn.maximum(rise * w + base, least), w_max)
        new = cn.sqrt(w)
        change = float(cn.max(cn.abs(new - speed)))
        speed = new
        count += 1
    return w, count


def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    speed = cn.sqrt(w)
    ax = (w[1:] - w[:-1]) / (2.0 * ds)
    ax = cn.concatenate((ax, ax[-1:]))
    mean = (speed[:-1] + speed[1:]) / 2.0
    power = cn.maximum((mass * ax + drag * w) * speed, 0.0)[:-1]
    lap_time = cn.sum(ds / cn.maximum(mean, EPS))
    energy = cn.sum(power * (ds / cn.maximum(mean, EPS_TIME)))
    return speed, ax, w * curvature, lap_time, energy
