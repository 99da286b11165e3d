"""Plain loops over squared speeds, the lateral limit point by point.

The limit's fixed point is inlined into both passes and stops by itself at each point; an iteration
is a parabola wherever no tyre reaches a bound. Serial: a pass is a single chain. O(n) per iteration
and pass, times the inner iterations; allocates the outputs and four work arrays of n.
"""

from __future__ import annotations

from math import sin, sqrt

import numpy as np
from numba import njit

from ..car import EPS, G
from ..point_mass.point_mass_numba import internal, lap, options


@njit(cache=True, **options)
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
        front_peak / front_load / mass, load_sensitivity / front_load,
        rear_peak / rear_load / mass, load_sensitivity / rear_load,
        1.0 - load_sensitivity, min_mu_scale, min_lateral, inner_tolerance, inner_iterations,
    )  # fmt: skip
    n = len(curvature)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        bend[i] = abs(curvature[i])
        bank[i] = G * sin(banking[i]) if banking[i] != 0.0 else 0.0
        slope[i] = G * grade[i]
    w, iterations = envelope(bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance)
    w[0] = min(w[0], initial_speed * initial_speed)
    accelerate(w, ds, bend, bank, slope, car, a_drive, drag / mass, w_min)
    brake(w, ds, bend, bank, slope, car, a_brake, drag / mass)
    speed, ax, ay, lap_time, energy = lap(w, ds, curvature, mass, drag)
    return speed, ax, ay, lap_time, energy, iterations


@internal
def lateral(w, side, car):
    """Return the lateral limit at a squared speed, m/s^2."""
    (
        mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
        front_unit, front_rate, rear_unit, rear_rate, static, least, a_min, tolerance, iterations,
    ) = car  # fmt: skip
    weight, down = mass * G, lift * w
    total = weight + down
    front = max(weight * front_weight + down * front_downforce, 2 * EPS)
    front = max(min(front, total - 2 * EPS), 2 * EPS)
    rear = max(total - front, 2 * EPS)
    level = side + front_unit * front * (static + 0.5 * front_rate * front)
    level += rear_unit * rear * (static + 0.5 * rear_rate * rear)
    bow = front_unit * front_rate * front_transfer**2 + rear_unit * rear_rate * rear_transfer**2
    bow *= 0.5
    first = level + bow * a_min * a_min  # the largest iterate, if the sensitivity is negative
    front_moved, rear_moved = front_transfer * first, rear_transfer * first
    is_free = (
        front_rate <= 0.0
        and first >= a_min
        and front_moved <= front - 2 * EPS
        and rear_moved <= rear - 2 * EPS
        and static + 0.5 * front_rate * (front + front_moved) >= least
        and static + 0.5 * rear_rate * (rear + rear_moved) >= least
    )
    a = a_min
    for _ in range(iterations):
        if is_free:
            new = level + bow * a * a
        else:
            new = side + axle(front, front_transfer * a, front_unit, front_rate, static, least)
            new += axle(rear, rear_transfer * a, rear_unit, rear_rate, static, least)
        new = max(new, a_min)
        change = abs(new - a)
        a = new
        if change <= tolerance:
            break
    return a


@internal
def axle(load, moved, unit, rate, static, least):
    """Return the force of an axle's two tyres over the mass, m/s^2."""
    left = 0.5 * (load - min(moved, max(load - 2 * EPS, 0.0)))
    right = load - left
    return unit * (
        left * max(static + rate * left, least) + right * max(static + rate * right, least)
    )


@internal
def envelope(bend, bank, car, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    n = len(bend)
    w = np.full(n, w_max)
    moving = np.flatnonzero(bend > EPS)
    count = len(moving)
    square = tolerance * tolerance
    for iteration in range(iterations):
        kept = moved = 0
        for j in range(count):
            i = moving[j]
            old = w[i]
            new = min(max(lateral(old, bank[i], car) / bend[i], w_min), w_max)
            # sqrt(high) > sqrt(low) + tolerance, squared twice
            gap = max(abs(new - old) - square, 0.0)
            moved += gap * gap > 4.0 * square * min(new, old)
            w[i] = new
            if new != old:  # a point that repeats itself is done
                moving[kept] = i
                kept += 1
        count = kept
        if moved == 0:
            return w, iteration + 1
    return w, iterations


@internal
def share(w, bend, bank, car):
    """Return what the friction circle leaves of a longitudinal limit, 0 to 1."""
    grip = max(lateral(w, bank, car), EPS)
    used = bend * w
    return sqrt(max((grip - used) * (grip + used), 0.0)) / grip


@internal
def accelerate(w, ds, bend, bank, slope, car, a_drive, drag, w_min):
    """Lower squared speeds, in place, to what the drive reaches from the point before."""
    x = w[0]
    for i in range(len(ds)):
        gain = a_drive * share(x, bend[i], bank[i], car) - drag * x - slope[i]
        x = min(max(x + 2.0 * ds[i] * gain, w_min), w[i + 1])
        w[i + 1] = x


@internal
def brake(w, ds, bend, bank, slope, car, a_brake, drag):
    """Lower squared speeds, in place, to what the brakes allow before the next point."""
    x = w[-1]
    for i in range(len(ds) - 1, -1, -1):
        gain = a_brake * share(x, bend[i + 1], bank[i + 1], car) + drag * x + slope[i + 1]
        x = min(x + 2.0 * ds[i] * max(gain, 0.0), w[i])
        w[i] = x
