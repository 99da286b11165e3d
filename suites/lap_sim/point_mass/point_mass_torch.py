"""Tensor envelope and results; the two passes over Python floats on the host.

A pass is a chain of 1400 points, and an operation on a tiny tensor costs 1-3 us: the host loop is
12 times faster than a Jacobi iteration over whole tensors and 60 times faster than 0-d tensors. It
moves six rows to the host and one back, on CUDA too, and ends the autograd graph; the form that
`torch.compile` gets (`point_mass_torch__compile.py`) stays on the device and differentiates.
O(n) per iteration and pass; allocates about twenty tensors of n and six lists.
"""

from __future__ import annotations

from array import array
from math import sqrt

import torch

from ..car import EPS, EPS_TIME, TINY, G
from ..host_loop import accelerate, brake

NOTE = (
    "host loop: the two passes run over Python floats,"
    " moved to the host and back in the timed region"
)


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = curvature.abs(), torch.sin(banking).mul_(G), grade * G
    push = ds * 2.0
    circles = circle(bend, bank, *tyre)
    limits, iterations = envelope(
        bend, *circles, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    limits = limits.tolist()
    rows = [row.tolist() for row in (push, *circles, slope)]
    start = min(limits[0], initial_speed * initial_speed)
    w = accelerate(start, limits, *rows, *tyre, a_drive, drag / mass, w_min)
    w = brake(w, *rows, *tyre, a_brake, drag / mass)
    w = torch.frombuffer(array("d", w), dtype=torch.float64).to(ds)  # twice as fast as tensor()
    return *lap(w, push, curvature, mass, drag), ds.new_full((), iterations, dtype=torch.int64)


def circle(bend, bank, mu_g, mu_lift, least_grip):
    """Return rise, base and least of every point, for `host_loop` and for the envelope."""
    tight = bend.clamp(min=TINY).reciprocal_()
    least = (bank + least_grip).clamp_(min=EPS).mul_(tight)
    return tight * mu_lift, (bank + mu_g).mul_(tight), least


def envelope(bend, rise, base, least, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max). Where the
    first does not slow the car, none does: these points are left out.
    """
    limits = torch.full_like(bend, w_max)
    slow = torch.nonzero((torch.add(base, rise, alpha=w_max) < w_max) & (bend > EPS)).squeeze(1)
    if not len(slow):
        return limits, 1
    rise, base = rise.index_select(0, slow), base.index_select(0, slow)
    least = least.index_select(0, slow).clamp_(w_min, w_max)
    most = torch.full_like(base, w_max)
    w, old = most.clone(), torch.empty_like(base)
    here, there = w[0], old[0]  # one point, of the two arrays
    count, speed = 0, sqrt(w_max)
    while count < iterations:
        w, old, here, there = old, w, there, here
        torch.addcmul(base, rise, old, out=w).clamp_(least, most)
        count += 1
        # While one point is known to move, the others need not be asked.
        before, speed = speed, sqrt(here.item())
        if abs(speed - before) <= tolerance:
            change = w.sqrt().sub_(old.sqrt()).abs_()
            if change.max().item() <= tolerance:
                break
            # A change shrinks by rise: the point that takes longest to come to rest is asked next.
            steps = (change / tolerance).clamp_(min=1.0).log_().div_(rise.log())
            slowest = steps.argmin()
            here, there = w[slowest], old[slowest]
            speed = sqrt(here.item())
    return limits.index_copy_(0, slow, w), count


def lap(w, push, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds.

    `push` is twice the distance to the next point: divided by the sum of two speeds it is the time.
    """
    speed = w.sqrt()
    ax = torch.diff(w).div_(push)
    ax = torch.cat((ax, ax[-1:]))
    sums = speed[:-1] + speed[1:]
    power = (ax * mass).add_(w, alpha=drag).mul_(speed).relu_()[:-1]
    lap_time = (push / sums.clamp_min(2.0 * EPS)).sum()
    energy = (push / sums.clamp_min_(2.0 * EPS_TIME)).mul_(power).sum()
    return speed, ax, w * curvature, lap_time, energy
