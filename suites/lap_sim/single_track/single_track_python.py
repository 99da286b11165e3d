"""Lists of floats; the passes of `host_passes`, the envelope over the points still moving.

A point of the envelope that repeats itself exactly is done, which leaves under half of them after
the first iteration. The lateral limit is a parabola per iteration wherever no tyre reaches a bound.
O(n) per iteration and pass, times the inner iterations; lists only.
"""

from __future__ import annotations

from math import sin

from ..car import EPS, G
from ..point_mass.point_mass_python import lap, moved
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
    lateral = lateral_limit(*car)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    push = [2.0 * step for step in ds]
    bend = [abs(k) for k in curvature]
    bank = [G * sin(angle) for angle in banking]
    slope = [G * rise for rise in grade]
    limits, iterations = envelope(
        bend, bank, lateral, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    start = min(limits[0], initial_speed * initial_speed)
    w = accelerate(start, limits, push, bend, bank, slope, lateral, a_drive, drag / mass, w_min)
    # Braking looks at the point it comes from: the second of each step.
    w = brake(w, push, bend[1:], bank[1:], slope[1:], lateral, a_brake, drag / mass)
    return *lap(w, ds, curvature, mass, drag), iterations


def envelope(bend, bank, lateral, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    limits = [w_max] * len(bend)
    points = [i for i, k in enumerate(bend) if k > EPS]
    w = [w_max] * len(points)
    count, moving = 0, True
    while count < iterations and moving:
        new = [
            min(max(lateral(x, bank[i]) / bend[i], w_min), w_max)
            for i, x in zip(points, w, strict=True)
        ]
        moving = moved(w, new, tolerance)
        count += 1
        for i, x in zip(points, new, strict=True):
            limits[i] = x
        kept = [j for j, (x, y) in enumerate(zip(w, new, strict=True)) if x != y]
        points, w = [points[j] for j in kept], [new[j] for j in kept]
    return limits, count
