"""Lists of floats; the two passes of `host_loop`, the envelope over the points still moving.

The envelope's points are independent: one that the first iteration does not slow down, or that
repeats itself exactly, is done. The stop rule |v' - v| <= tolerance is tested without square
roots, from the point that failed last. O(n) per iteration and pass; lists only.
"""

from __future__ import annotations

from math import sin, sqrt

from ..car import EPS, EPS_TIME, TINY, G
from ..host_loop import accelerate, brake


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = mu_g, mu_lift, least_grip = mu * G, mu * lift / mass, mu * EPS
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend = [abs(k) for k in curvature]
    bank = [G * sin(angle) for angle in banking]
    tight = [1.0 / (k if k > TINY else TINY) for k in bend]
    rise = [mu_lift * x for x in tight]
    base = [(mu_g + side) * x for side, x in zip(bank, tight, strict=True)]
    least = [max(least_grip + side, EPS) * x for side, x in zip(bank, tight, strict=True)]
    limits, iterations = envelope(
        bend, rise, base, least, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    rows = ([2.0 * step for step in ds], rise, base, least, [G * climb for climb in grade])
    start = min(limits[0], initial_speed * initial_speed, w_max)
    w = accelerate(start, limits, *rows, *tyre, a_drive, drag / mass, w_min)
    w = brake(w, *rows, *tyre, a_brake, drag / mass)
    return *lap(w, ds, curvature, mass, drag), iterations


def envelope(bend, rise, base, least, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    limits = [w_max] * len(bend)
    points = [
        i
        for i, (k, steep, level) in enumerate(zip(bend, rise, base, strict=True))
        if k > EPS and steep * w_max + level < w_max
    ]
    rises, bases = [rise[i] for i in points], [base[i] for i in points]
    leasts = [min(max(least[i], w_min), w_max) for i in points]
    w = [w_max] * len(points)
    count, moving = 0, True
    while count < iterations and moving:
        new = [
            least if x < least else x if x < w_max else w_max
            for x, least in zip(
                [rise * x + base for rise, x, base in zip(rises, w, bases, strict=True)],
                leasts,
                strict=True,
            )
        ]
        moving = moved(w, new, tolerance)
        count += 1
        kept = [j for j, (x, y) in enumerate(zip(w, new, strict=True)) if x != y]
        if len(kept) < len(w):
            for i, x in zip(points, new, strict=True):
                limits[i] = x
            points, rises, bases, leasts, new = (
                [column[j] for j in kept] for column in (points, rises, bases, leasts, new)
            )
        w = new
    for i, x in zip(points, w, strict=True):
        limits[i] = x
    return limits, count


def moved(old, new, tolerance):
    """Tell whether some speed, the root of an entry, changed by more than `tolerance`."""
    square = tolerance * tolerance
    for a, b in zip(old, new, strict=True):
        # sqrt(high) > sqrt(low) + tolerance, squared twice
        gap = abs(a - b) - square
        if gap > 0.0 and gap * gap > 4.0 * square * (a if a < b else b):
            return True
    return False


def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    speed = [sqrt(x) for x in w]
    ax = [(after - x) / (2.0 * step) for x, after, step in zip(w, w[1:], ds, strict=False)]
    lap_time = energy = 0.0
    for x, v, after, step, a in zip(w, speed, speed[1:], ds, ax, strict=False):
        mean = (v + after) / 2.0
        lap_time += step / (mean if mean > EPS else EPS)
        power = (mass * a + drag * x) * v
        if power > 0.0:
            energy += power * step / (mean if mean > EPS_TIME else EPS_TIME)
    ax.append(ax[-1])
    ay = [x * k for x, k in zip(w, curvature, strict=True)]
    return speed, ax, ay, lap_time, energy
