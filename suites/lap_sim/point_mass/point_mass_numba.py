"""Plain loops over squared speeds, one LLVM function per stage.

The envelope needs no square root: its stop rule is squared out, so that it runs in vector lanes
(7x the textbook loop). The passes are bound by the latency of one sqrt per point. Serial: a pass is
a single chain. O(n) per iteration and pass; allocates the outputs and eight work arrays of n.
"""

from __future__ import annotations

from math import sin, sqrt

import numpy as np
from numba import njit

from ..car import EPS, EPS_TIME, G

options = {"error_model": "numpy", "fastmath": {"contract"}}
# What compiled code alone calls: without an entry from Python it takes a fifth less to compile.
internal = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)


@njit(cache=True, **options)
def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    n = len(curvature)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        bend[i] = abs(curvature[i])
        bank[i] = G * sin(banking[i]) if banking[i] != 0.0 else 0.0
        slope[i] = G * grade[i]
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w = np.full(n, w_max)
    slow, tight, side = bends(bend, bank, tyre[1] * w_max + tyre[0], w_max)
    limits, iterations = settle(
        tight, side, tyre, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    for j in range(len(slow)):
        w[slow[j]] = limits[j]
    w[0] = min(w[0], initial_speed * initial_speed)
    accelerate(w, ds, bend, bank, slope, tyre, a_drive, drag / mass, w_min)
    brake(w, ds, bend, bank, slope, tyre, a_brake, drag / mass)
    speed, ax, ay, lap_time, energy = lap(w, ds, curvature, mass, drag)
    return speed, ax, ay, lap_time, energy, iterations


@internal
def bends(bend, bank, grip, w_max):
    """Return the points where w_max needs more than a grip: their numbers, 1/bend and bank.

    Elsewhere, most of a lap, the envelope is w_max from the first iteration on.
    """
    slow, points = np.empty(len(bend), dtype=np.int64), 0
    for i in range(len(bend)):
        slow[points] = i
        points += (grip + bank[i] < w_max * bend[i]) & (bend[i] > EPS)
    slow = slow[:points]
    return slow, 1.0 / bend[slow], bank[slow]


@internal
def settle(tight, side, tyre, w_min, w_max, iterations, tolerance):
    """Return the lateral limits as squared speeds, and the number of iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    mu_g, mu_lift, least_grip = tyre
    rise, base = mu_lift * tight, (mu_g + side) * tight
    least = np.maximum(np.maximum(least_grip + side, EPS) * tight, w_min)
    w = np.full(len(tight), w_max)
    square = tolerance * tolerance
    count, moved = 0, 1
    while count < iterations and moved:
        moved = 0
        for j in range(len(w)):
            new = min(max(rise[j] * w[j] + base[j], least[j]), w_max)
            # sqrt(high) > sqrt(low) + tolerance, squared twice
            gap = max(abs(new - w[j]) - square, 0.0)
            moved += gap * gap > 4.0 * square * min(new, w[j])
            w[j] = new
        count += 1
    return w, count


@internal
def force(w, bend, bank, tyre, cap):
    """Return what the friction circle leaves of a longitudinal limit, m/s^2."""
    mu_g, mu_lift, least_grip = tyre
    limit = max(mu_g + mu_lift * w, least_grip)
    grip = max(limit + bank, EPS)
    used = bend * w
    return min(limit, cap) / grip * sqrt(max((grip - used) * (grip + used), 0.0))


@internal
def accelerate(w, ds, bend, bank, slope, tyre, a_drive, drag, w_min):
    """Lower squared speeds, in place, to what the drive reaches from the point before."""
    x = w[0]
    for i in range(len(ds)):
        gain = force(x, bend[i], bank[i], tyre, a_drive) - drag * x - slope[i]
        x = min(max(x + 2.0 * ds[i] * gain, w_min), w[i + 1])
        w[i + 1] = x


@internal
def brake(w, ds, bend, bank, slope, tyre, a_brake, drag):
    """Lower squared speeds, in place, to what the brakes allow before the next point."""
    x = w[-1]
    for i in range(len(ds) - 1, -1, -1):
        gain = force(x, bend[i + 1], bank[i + 1], tyre, a_brake) + drag * x + slope[i + 1]
        # No floor at w_min: x is above it, and braking only adds.
        x = min(x + 2.0 * ds[i] * max(gain, 0.0), w[i])
        w[i] = x


@internal
def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    n = len(w)
    speed, ax, ay = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        speed[i] = sqrt(w[i])
        ay[i] = w[i] * curvature[i]
    lap_time = energy = 0.0
    for i in range(n - 1):
        ax[i] = (w[i + 1] - w[i]) / (2.0 * ds[i])
        mean = (speed[i] + speed[i + 1]) / 2.0
        lap_time += ds[i] / max(mean, EPS)
        power = max((mass * ax[i] + drag * w[i]) * speed[i], 0.0)
        energy += power * ds[i] / max(mean, EPS_TIME)
    ax[n - 1] = ax[n - 2]
    return speed, ax, ay, lap_time, energy
