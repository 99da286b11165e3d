"""The two passes of the single track over Python floats, for backends without a compiled loop.

As in the point mass's `host_loop`, but the lateral limit is a fixed point of its own at every
point: about 1 us a point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

EPS = 1e-9
G = 9.80665

Floats = Sequence[float]
Limit = Callable[[float, float], float]


def lateral_limit(
    mass: float,
    lift: float,
    front_weight: float,
    front_downforce: float,
    front_transfer: float,
    rear_transfer: float,
    front_peak: float,
    front_load: float,
    rear_peak: float,
    rear_load: float,
    load_sensitivity: float,
    min_mu_scale: float,
    min_lateral: float,
    inner_iterations: int,
    inner_tolerance: float,
) -> Limit:
    """Return the lateral limit, m/s^2, as a function of the squared speed and g sin(banking).

    Where neither a wheel lifts nor the load sensitivity reaches its floor, the forces of an axle
    with load F that moves d across add up to a parabola in d, and one iteration is
    level + bow a^2. The first iterate is the largest if the sensitivity is negative, so that one
    look at it tells whether that holds; else the tyres are summed one by one.
    """
    weight = mass * G
    front_unit, rear_unit = front_peak / front_load, rear_peak / rear_load
    static = 1.0 - load_sensitivity
    front_rate, rear_rate = load_sensitivity / front_load, load_sensitivity / rear_load
    bow = (
        front_unit * front_rate * front_transfer * front_transfer
        + rear_unit * rear_rate * rear_transfer * rear_transfer
    ) / (2.0 * mass)

    def axle(load: float, moved: float, unit: float, rate: float) -> float:
        left = (load - min(moved, max(load - 2.0 * EPS, 0.0))) / 2.0
        right = load - left
        return unit * (
            left * max(static + rate * left, min_mu_scale)
            + right * max(static + rate * right, min_mu_scale)
        )

    def tyre_by_tyre(front: float, rear: float, side: float) -> float:
        a = min_lateral
        for _ in range(inner_iterations):
            force = axle(front, front_transfer * a, front_unit, front_rate)
            force += axle(rear, rear_transfer * a, rear_unit, rear_rate)
            old, a = a, max(min_lateral, force / mass + side)
            if abs(a - old) <= inner_tolerance:
                break
        return a

    def limit(w: float, side: float) -> float:
        down = lift * w
        total = weight + down
        front = weight * front_weight + down * front_downforce
        if not 2.0 * EPS <= front <= total - 2.0 * EPS:
            front = max(min(max(front, 2.0 * EPS), total - 2.0 * EPS), 2.0 * EPS)
        rear = total - front
        if rear < 2.0 * EPS:
            rear = 2.0 * EPS
        level = (
            side
            + (
                front_unit * front * (static + 0.5 * front_rate * front)
                + rear_unit * rear * (static + 0.5 * rear_rate * rear)
            )
            / mass
        )
        a = level + bow * min_lateral * min_lateral
        front_moved, rear_moved = front_transfer * a, rear_transfer * a
        if (
            load_sensitivity > 0.0
            or a < min_lateral
            or front_moved > front - 2.0 * EPS
            or rear_moved > rear - 2.0 * EPS
            or static + front_rate * 0.5 * (front + front_moved) < min_mu_scale
            or static + rear_rate * 0.5 * (rear + rear_moved) < min_mu_scale
        ):
            return tyre_by_tyre(front, rear, side)
        if a - min_lateral <= inner_tolerance:
            return a
        for _ in range(inner_iterations - 1):
            new = level + bow * a * a
            if new < min_lateral:
                new = min_lateral
            change = new - a
            a = new
            if -inner_tolerance <= change <= inner_tolerance:
                break
        return a

    return limit


def accelerate(
    w: float,
    limits: Floats,
    push: Floats,
    bend: Floats,
    bank: Floats,
    slope: Floats,
    lateral: Limit,
    a_drive: float,
    drag: float,
    w_min: float,
) -> list[float]:
    """Return the squared speeds that the drive allows, from the first point on.

    Parameters are those of `host_loop.accelerate`, with `lateral` for the tyre limit.
    """
    speeds = [w]
    append = speeds.append
    for step, k, side, climb, limit in zip(push, bend, bank, slope, limits[1:], strict=False):
        grip = lateral(w, side)
        if grip < EPS:
            grip = EPS
        used = w * k
        gain = -drag * w - climb
        if used < grip:
            gain += a_drive * sqrt((grip - used) * (grip + used)) / grip
        w += step * gain
        if w < w_min:
            w = w_min
        if w > limit:
            w = limit
        append(w)
    return speeds


def brake(
    speeds: Floats,
    push: Floats,
    bend: Floats,
    bank: Floats,
    slope: Floats,
    lateral: Limit,
    a_brake: float,
    drag: float,
) -> list[float]:
    """Return the squared speeds from which the brakes still reach the next point's."""
    w = speeds[-1]
    backwards = [w]
    append = backwards.append
    rows = zip(
        reversed(push),
        reversed(bend),
        reversed(bank),
        reversed(slope),
        reversed(speeds[:-1]),
        strict=False,
    )
    for step, k, side, climb, limit in rows:
        grip = lateral(w, side)
        if grip < EPS:
            grip = EPS
        used = w * k
        gain = drag * w + climb
        if used < grip:
            gain += a_brake * sqrt((grip - used) * (grip + used)) / grip
        if gain > 0.0:
            w += step * gain
        if w > limit:
            w = limit
        append(w)
    backwards.reverse()
    return backwards
