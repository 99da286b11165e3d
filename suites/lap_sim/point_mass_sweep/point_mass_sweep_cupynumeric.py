"""All envelopes and results at once as arrays; the passes over Python floats, vehicle by vehicle.

As for the single lap: walking the points with array operations, even on 1000 vehicles each, costs
Legate 20 x 0.1-0.3 ms a point, 10 s a pass; the host walks a lap in 1 ms. Moves four rows per
vehicle to the host and one of speeds back. O(n B) per envelope iteration and pass; allocates about
fifteen arrays of n x B.
"""

from __future__ import annotations

import cupynumeric as cn

from ..car import EPS, EPS_TIME, TINY, G
from ..host_loop import accelerate, brake

NOTE = (
    "host loop: the two passes run over Python floats,"
    " moved to the host and back in the timed region"
)


def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = cn.abs(curvature), G * cn.sin(banking), G * grade
    tight = 1.0 / cn.maximum(bend, TINY)
    mu_g, mu_lift, least_grip = (part[:, None] for part in tyre)
    rise, base = mu_lift * tight, (mu_g + bank) * tight
    least = cn.maximum(least_grip + bank, EPS) * tight
    limits, iterations = envelopes(
        bend, rise, base, least, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    push, slope = (2.0 * ds).tolist(), slope.tolist()
    circles = zip(*(row.tolist() for row in (limits, rise, base, least)), strict=True)
    cars = zip(*(part.tolist() for part in (*tyre, a_drive, a_brake, drag / mass)), strict=True)
    laps = []
    for (limit, *circle), (*grip, drive, brakes, decay) in zip(circles, cars, strict=True):
        start = min(limit[0], initial_speed * initial_speed)
        w = accelerate(start, limit, push, *circle, slope, *grip, drive, decay, w_min)
        laps.append(brake(w, push, *circle, slope, *grip, brakes, decay))
    return *results(cn.array(laps), ds, mass, drag), iterations


def envelopes(bend, rise, base, least, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (vehicles, n), and each vehicle's iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    is_straight = bend <= EPS
    rise = cn.where(is_straight, 0.0, rise)
    base = cn.where(is_straight, w_max, base)
    least = cn.maximum(least, w_min)
    w = cn.full(base.shape, w_max)
    speed = cn.sqrt(w)
    counts = cn.zeros(len(w), dtype=cn.int64)
    is_open = cn.ones(len(w), dtype=bool)
    for _ in range(iterations):
        new = cn.minimum(cn.maximum(rise * w + base, least), w_max)
        w = cn.where(is_open[:, None], new, w)  # each vehicle stops by itself
        new = cn.sqrt(w)
        moved = cn.max(cn.abs(new - speed), axis=1) > tolerance
        counts = counts + is_open
        speed, is_open = new, is_open & moved
        if not bool(cn.any(is_open)):
            break
    return w, counts


def results(w, ds, mass, drag):
    """Return lap times and energies from the squared speeds, (vehicles, n)."""
    speed = cn.sqrt(w)
    mean = (speed[:, :-1] + speed[:, 1:]) / 2.0
    ax = (w[:, 1:] - w[:, :-1]) / (2.0 * ds)
    power = cn.maximum((mass[:, None] * ax + drag[:, None] * w[:, :-1]) * speed[:, :-1], 0.0)
    lap_time = cn.sum(ds / cn.maximum(mean, EPS), axis=1)
    energy = cn.sum(power * (ds / cn.maximum(mean, EPS_TIME)), axis=1)
    return lap_time, energy
