"""The two passes of the point mass over Python floats.

A pass is a recurrence: each speed needs the one before. Where a backend has no compiled loop, the
interpreter walks lists of floats faster than any sequence of array operations on single points,
so python, numpy, torch (eager) and cupynumeric share these loops.

Everything is in squared speeds w = v^2, which saves the square roots of the textbook form. All
lists hold one float for each point (`push`: for each step). About 0.3 us a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

EPS = 1e-9

Floats = Sequence[float]


def accelerate(
    w: float,
    limits: Floats,
    push: Floats,
    bend: Floats,
    bank: Floats,
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
    bend, bank, slope : sequence of float
        |curvature|; g sin(banking); g times the grade.
    mu_g, mu_lift, least_grip : float
        The tyre limit is max(mu_g + mu_lift w, least_grip), m/s^2.
    a_drive, drag, w_min : float
        Largest acceleration; drag over mass, 1/m; the squared speed never falls below `w_min`.
    """
    speeds = [w]
    append = speeds.append
    for step, k, side, climb, limit in zip(push, bend, bank, slope, limits[1:], strict=False):
        tyre = mu_g + mu_lift * w
        if tyre < least_grip:
            tyre = least_grip
        grip = tyre + side
        if grip < EPS:
            grip = EPS
        used = w * k
        gain = -drag * w - climb
        if used < grip:
            force = a_drive if a_drive < tyre else tyre
            gain += force * sqrt((grip - used) * (grip + used)) / grip
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
    mu_g: float,
    mu_lift: float,
    least_grip: float,
    a_brake: float,
    drag: float,
) -> list[float]:
    """Return the squared speeds from which the brakes still reach the next point's.

    `speeds` are those of `accelerate`; the other parameters are as there. The floor `w_min` holds
    by itself: the next speed is above it and braking only adds.
    """
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
        tyre = mu_g + mu_lift * w
        if tyre < least_grip:
            tyre = least_grip
        grip = tyre + side
        if grip < EPS:
            grip = EPS
        used = w * k
        gain = drag * w + climb
        if used < grip:
            force = a_brake if a_brake < tyre else tyre
            gain += force * sqrt((grip - used) * (grip + used)) / grip
        if gain > 0.0:
            w += step * gain
        if w > limit:
            w = limit
        append(w)
    backwards.reverse()
    return backwards
