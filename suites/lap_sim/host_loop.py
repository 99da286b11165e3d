"""The two passes of the point mass over Python floats.

A pass is a recurrence: each speed needs the one before. Where a backend has no compiled loop, the
interpreter walks lists of floats faster than any sequence of array operations on single points,
so python, numpy, torch (eager) and cupynumeric share these loops.

Everything is in squared speeds w = v^2, which saves the square roots of the textbook form. What the
tyres' grip alone makes of a point is worked out beforehand, for all points at once: the squared
speed that would use up the grip that they have at w is max(base + rise w, least). All lists hold
one float for each point (`push`: for each step). About 0.25 us a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

Floats = Sequence[float]


def accelerate(
    w: float,
    limits: Floats,
    push: Floats,
    rise: Floats,
    base: Floats,
    least: Floats,
    slope: Floats,
    mu_g: float,
    mu_lift: float,
    least_grip: float,
    a_drive: float,
    drag: float,
    w_min: float,
) -> list[float]:
    """Return the squared speeds that the drive allows, from the first point on.

    Parameters
    ----------
    w : float
        Squared speed at the first point, m^2/s^2.
    limits : sequence of float
        Squared lateral-limit speeds.
    push : sequence of float
        Twice the distance to the next point, m.
    rise, base, least : sequence of float
        mu_lift, mu_g + g sin(banking) and max(least_grip + g sin(banking), EPS), each over
        |curvature|.
    slope : sequence of float
        g times the grade.
    mu_g, mu_lift, least_grip : float
        The tyre limit is max(mu_g + mu_lift w, least_grip), m/s^2.
    a_drive, drag, w_min : float
        Largest acceleration; drag over mass, 1/m; the squared speed never falls below `w_min`.
    """
    w_full = carried_from(a_drive, mu_g, mu_lift)
    speeds = [w]
    append = speeds.append
    rows = zip(push, rise, base, least, slope, limits[1:], strict=False)
    for step, steep, level, floor, climb, limit in rows:
        circle = level + steep * w
        if circle < floor:
            circle = floor
        if w < circle:
            u = w / circle
            force = a_drive if w >= w_full else min(a_drive, max(mu_g + mu_lift * w, least_grip))
            w += step * (force * sqrt(1.0 - u * u) - climb - drag * w)
        else:
            w -= step * (drag * w + climb)
        if w < w_min:
            w = w_min
        if w > limit:
            w = limit
        append(w)
    return speeds


def brake(
    speeds: Floats,
    push: Floats,
    rise: Floats,
    base: Floats,
    least: Floats,
    slope: Floats,
    mu_g: float,
    mu_lift: float,
    least_grip: float,
    a_brake: float,
    drag: float,
) -> list[float]:
    """Return the squared speeds from which the brakes still reach the next point's.

    `speeds` are those of `accelerate`; the other parameters are as there. Braking looks at the
    point it comes from, the second of each step. The floor `w_min` holds by itself: the next speed
    is above it and braking only adds.
    """
    w_full = carried_from(a_brake, mu_g, mu_lift)
    w = speeds[-1]
    backwards = [w]
    append = backwards.append
    rows = zip(
        reversed(push),
        reversed(rise),
        reversed(base),
        reversed(least),
        reversed(slope),
        reversed(speeds[:-1]),
        strict=False,
    )
    for step, steep, level, floor, climb, limit in rows:
        circle = level + steep * w
        if circle < floor:
            circle = floor
        gain = drag * w + climb
        if w < circle:
            u = w / circle
            force = a_brake if w >= w_full else min(a_brake, max(mu_g + mu_lift * w, least_grip))
            gain += force * sqrt(1.0 - u * u)
        if gain > 0.0:
            w += step * gain
        if w > limit:
            w = limit
        append(w)
    backwards.reverse()
    return backwards


def carried_from(force: float, mu_g: float, mu_lift: float) -> float:
    """Return a squared speed from which on the tyres carry `force` (over mass) on a straight."""
    if mu_lift < 0.0:
        return inf
    if mu_g >= force:
        return 0.0
    return (force - mu_g) / mu_lift if mu_lift > 0.0 else inf
