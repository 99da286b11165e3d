"""Array envelope and results; the two passes over Python floats on the host.

As in the point mass: an array operation costs Legate 0.1-0.3 ms whatever its length. In the
envelope each point iterates until its own limit has settled, the tyres summed one by one. Moves
five rows to the host and one back. O(n) per iteration and pass, times the inner iterations.
"""

from __future__ import annotations

import cupynumeric as cn

from ..car import EPS, G
from ..point_mass.point_mass_cupynumeric import lap
from .host_passes import accelerate, brake, lateral_limit

NOTE = (
    "host loop: the two passes run over Python floats,"
    " moved to the host and back in the timed region"
)


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
        front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
        min_lateral, inner_iterations, inner_tolerance,
    )  # fmt: skip
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = cn.abs(curvature), G * cn.sin(banking), G * grade
    limits, iterations = envelope(
        bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    limits = limits.tolist()
    rows = [row.tolist() for row in (2.0 * ds, bend, bank, slope)]
    start = min(limits[0], initial_speed * initial_speed)
    limit = lateral_limit(*car)
    w = accelerate(start, limits, *rows, limit, a_drive, drag / mass, w_min)
    # Braking looks at the point it comes from: the second of each step.
    w = brake(w, rows[0], *[row[1:] for row in rows[1:]], limit, a_brake, drag / mass)
    return *lap(cn.array(w), ds, curvature, mass, drag), cn.array(iterations)


def envelope(bend, bank, car, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    is_straight, tight = bend <= EPS, 1.0 / cn.maximum(bend, EPS)
    w = cn.full_like(bend, w_max)
    speed, count, change = cn.sqrt(w), 0, float("inf")
    while count < iterations and change > tolerance:
        w = cn.minimum(cn.maximum(lateral(w, bank, *car) * tight, w_min), w_max)
        w = cn.where(is_straight, w_max, w)
        new = cn.sqrt(w)
        change = float(cn.max(cn.abs(new - speed)))
        speed = new
        count += 1
    return w, count


def lateral(
    w, side,
    mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
    front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    """Return the lateral limits at squared speeds, m/s^2."""
    weight, down = mass * G, lift * w
    total = weight + down
    front = cn.maximum(weight * front_weight + down * front_downforce, 2 * EPS)
    front = cn.maximum(cn.minimum(front, total - 2 * EPS), 2 * EPS)
    rear = cn.maximum(total - front, 2 * EPS)
    axles = [
        (load, load - 2 * EPS, transfer, peak / nominal / mass, load_sensitivity / nominal)
        for load, transfer, peak, nominal in (
            (front, front_transfer, front_peak, front_load),
            (rear, rear_transfer, rear_peak, rear_load),
        )
    ]
    a = cn.full_like(w, min_lateral)
    is_open = cn.ones(w.shape, dtype=bool)
    for _ in range(inner_iterations):
        new = side
        for load, most, transfer, unit, rate in axles:
            left = 0.5 * (load - cn.minimum(transfer * a, most))
            for tyre in (left, load - left):
                scale = cn.maximum(1 - load_sensitivity + rate * tyre, min_mu_scale)
                new = new + unit * tyre * scale
        new = cn.maximum(new, min_lateral)
        moved = cn.abs(new - a) > inner_tolerance
        a = cn.where(is_open, new, a)
        is_open = is_open & moved  # each point stops by itself
        if not bool(cn.any(is_open)):
            break
    return a
