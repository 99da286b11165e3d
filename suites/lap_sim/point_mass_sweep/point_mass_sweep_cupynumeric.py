"""All envelopes and results at once as arrays; the passes over Python floats, vehicle by vehicle.

As for the single lap: walking the points with array operations, even on 1000 vehicles each, costs
Legate 20 x 0.1-0.3 ms a point, 10 s a pass; the host walks a lap in 1 ms. Moves a row of limits per
vehicle to the host and one of speeds back. O(n B) per envelope iteration and pass; allocates about
fifteen arrays of n x B.
"""

from __future__ import annotations

import cupynumeric as cn

from ..car import EPS, EPS_TIME, G
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
    limits, iterations = envelopes(
        bend, bank, tyre, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    rows = [row.tolist() for row in (2.0 * ds, bend, bank, slope)]
    later = [row[1:] for row in rows[1:]]
    cars = zip(*(part.tolist() for part in (*tyre, a_drive, a_brake, drag / mass)), strict=True)
    laps = []
    for limit, (*grip, a_drive_1, a_brake_1, decay) in zip(limits.tolist(), cars, strict=True):
        start = min(limit[0], initial_speed * initial_speed)
        w = accelerate(start, limit, *rows, *grip, a_drive_1, decay, w_min)
        # Braking looks at the point it comes from: the second of each step.
        laps.append(brake(w, rows[0], *later, *grip, a_brake_1, decay))
    return *results(cn.array(laps), ds, mass, drag), iterations


def envelopes(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (vehicles, n), and each vehicle's iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    mu_g, mu_lift, least_grip = (part[:, None] for part in tyre)
    is_straight, tight = bend <= EPS, 1.0 / cn.maximum(bend, EPS)
    rise = cn.where(is_straight, 0.0, mu_lift * tight)
    base = cn.where(is_straight, w_max, (mu_g + bank) * tight)
    least = cn.maximum(cn.maximum(least_grip + bank, EPS) * tight, w_min)
    w = cn.full(base.shape, w_max)
    speed = cn.sqrt(w)
    counts = cn.zeros(len(mu_g), dtype=cn.int64)
    is_open = cn.ones(len(mu_g), dtype=bool)
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
