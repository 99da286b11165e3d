"""The lateral limit of the single track in torch operations, for both of its variants."""

from __future__ import annotations

import torch

from ..car import EPS, G


def axles(
    w,
    mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
    front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    """Return (load, transfer, unit, rate) of the front and the rear axle at squared speeds.

    The load in N; the load moved across for 1 m/s^2; force over load and mass; change of grip
    for 1 N.
    """
    weight, down = mass * G, lift * w
    total = weight + down
    front = (weight * front_weight + down * front_downforce).clamp(min=2 * EPS)
    front = torch.minimum(front, total - 2 * EPS).clamp(min=2 * EPS)
    rear = (total - front).clamp(min=2 * EPS)
    return (
        (front, front_transfer, front_peak / front_load / mass, load_sensitivity / front_load),
        (rear, rear_transfer, rear_peak / rear_load / mass, load_sensitivity / rear_load),
    )


def parabola(both, side, load_sensitivity, min_mu_scale, min_lateral):
    """Return level and bow of an iteration level + bow a^2, and where a tyre reaches a bound.

    There the parabola is wrong. The first iterate is the largest (the sensitivity is negative, or
    all points are bound), so that one look at it tells.
    """
    static = 1 - load_sensitivity
    level, bow = side, 0.0
    for load, transfer, unit, rate in both:
        level = level + unit * load * (static + rate / 2 * load)
        bow = bow + unit * rate * transfer**2 / 2
    first = level + bow * min_lateral**2
    bound = first < min_lateral
    for load, transfer, _, rate in both:
        moved = transfer * first
        bound = bound | (moved > load - 2 * EPS)
        bound = bound | (static + rate / 2 * (load + moved) < min_mu_scale)
    return level, bow, bound | (load_sensitivity > 0)


def tyre_by_tyre(a, both, side, load_sensitivity, min_mu_scale):
    """Return one iteration of the limit `a`, summing the tyres one by one."""
    force = side
    for load, transfer, unit, rate in both:
        left = (load - torch.minimum(transfer * a, (load - 2 * EPS).clamp(min=0.0))) / 2
        for one in (left, load - left):
            scale = (1 - load_sensitivity + rate * one).clamp(min=min_mu_scale)
            force = force + unit * one * scale
    return force


def lateral(w, side, car):
    """Return the lateral limits at squared speeds, m/s^2."""
    *_, load_sensitivity, min_mu_scale, min_lateral, inner_iterations, inner_tolerance = car
    both = axles(w, *car)
    level, bow, bound = parabola(both, side, load_sensitivity, min_mu_scale, min_lateral)
    is_free = not bound.any()
    a, is_open = torch.full_like(w, min_lateral), torch.ones_like(w, dtype=torch.bool)
    for _ in range(inner_iterations):
        if is_free:
            new = torch.addcmul(level, a, a, value=bow)
        else:
            new = tyre_by_tyre(a, both, side, load_sensitivity, min_mu_scale)
        new = new.clamp(min=min_lateral)
        moved = (new - a).abs() > inner_tolerance
        a = torch.where(is_open, new, a)
        is_open = is_open & moved  # each point stops by itself
        if not is_open.any():
            break
    return a


def envelope(bend, bank, car, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations."""
    is_straight, tight = bend <= EPS, 1.0 / bend.clamp(min=EPS)
    w = torch.full_like(bend, w_max)
    speed, count, change = w.sqrt(), 0, float("inf")
    while count < iterations and change > tolerance:
        w = (lateral(w, bank, car) * tight).clamp(w_min, w_max).masked_fill(is_straight, w_max)
        new = w.sqrt()
        change = torch.dist(new, speed, float("inf")).item()
        speed = new
        count += 1
    return w, count
