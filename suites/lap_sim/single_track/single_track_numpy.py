"""Vectorised envelope, the two passes over Python floats, vectorised results.

The reference. In the envelope all points iterate on their lateral limits together, each until its
own has settled; an iteration is a parabola wherever no tyre reaches a bound (the four tyres one by
one cost 4x). O(n) per iteration and pass, times the inner iterations; some forty arrays of n.
"""

from __future__ import annotations

import numpy as np

from ..car import EPS, G
from ..point_mass.point_mass_numpy import lap
from .host_passes import accelerate, brake, lateral_limit


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
    bend, bank, slope = np.abs(curvature), G * np.sin(banking), G * grade
    limits, iterations = envelope(
        bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    rows = [a.tolist() for a in (2.0 * ds, bend, bank, slope)]
    start = min(float(limits[0]), initial_speed * initial_speed)
    lateral = lateral_limit(*car)
    w = accelerate(start, limits.tolist(), *rows, lateral, a_drive, drag / mass, w_min)
    # Braking looks at the point it comes from: the second of each step.
    w = brake(w, rows[0], *[row[1:] for row in rows[1:]], lateral, a_brake, drag / mass)
    return *lap(np.array(w), ds, curvature, mass, drag), iterations


def envelope(bend, bank, car, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    w = np.full_like(bend, w_max)
    curved = np.flatnonzero(bend > EPS)
    bend, bank = bend[curved], bank[curved]
    speed = np.sqrt(w[curved])
    count, change = 0, np.inf
    while count < iterations and change > tolerance:
        limit = lateral(speed * speed, bank, *car)
        new = np.sqrt(np.clip(np.maximum(limit, 0.0) / bend, w_min, w_max))
        change = np.max(np.abs(new - speed), initial=0.0)
        speed = new
        count += 1
    w[curved] = speed * speed
    return w, count


def lateral(
    w, side,
    mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
    front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    """Return the lateral limits at squared speeds `w`, by parabolas or tyre by tyre."""
    weight, down = mass * G, lift * w
    total = weight + down
    front = np.maximum(weight * front_weight + down * front_downforce, 2 * EPS)
    front = np.maximum(np.minimum(front, total - 2 * EPS), 2 * EPS)
    rear = np.maximum(total - front, 2 * EPS)
    static = 1 - load_sensitivity
    axles = [
        (load, transfer, peak / nominal / mass, load_sensitivity / nominal)
        for load, transfer, peak, nominal in (
            (front, front_transfer, front_peak, front_load),
            (rear, rear_transfer, rear_peak, rear_load),
        )
    ]
    level = side + sum(unit * load * (static + rate / 2 * load) for load, _, unit, rate in axles)
    bow = sum(unit * rate * transfer**2 / 2 for _, transfer, unit, rate in axles)
    first = level + bow * min_lateral**2  # the largest iterate, if the sensitivity is negative
    bound = first < min_lateral
    for load, transfer, _, rate in axles:
        moved = transfer * first
        bound |= moved > load - 2 * EPS
        bound |= static + rate / 2 * (load + moved) < min_mu_scale
    if load_sensitivity > 0 or bound.any():

        def iterate(a):
            force = side
            for load, transfer, unit, rate in axles:
                left = (load - np.minimum(transfer * a, np.maximum(load - 2 * EPS, 0))) / 2
                for one in (left, load - left):
                    force = force + unit * one * np.maximum(static + rate * one, min_mu_scale)
            return force

    else:

        def iterate(a):
            return bow * a * a + level

    a, open_ = np.full_like(w, min_lateral), np.ones(w.shape, dtype=bool)
    for _ in range(inner_iterations):
        new = np.maximum(iterate(a), min_lateral)
        change = np.abs(new - a)
        np.copyto(a, new, where=open_)
        open_ &= change > inner_tolerance  # each point stops by itself
        if not open_.any():
            break
    return a
