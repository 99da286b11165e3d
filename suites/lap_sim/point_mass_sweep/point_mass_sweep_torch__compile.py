"""Vehicles in vector lanes; `STEPS` points of a pass in one compiled kernel.

A compiled graph has no loops, so that a pass is a host loop over kernels that each walk a stretch
of the track for all vehicles; the speeds stay in registers along a stretch. No read back at all.
The envelope and the results are those of the eager form. O(n B) per envelope iteration and pass;
allocates two arrays of n x B and a few of n x `BLOCK`. Differentiable in the passes.
"""

from __future__ import annotations

import torch

from ..car import EPS, TINY, G
from .point_mass_sweep_torch import envelopes, laps

STEPS = 16


def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = curvature.abs(), torch.sin(banking) * G, grade * G
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    limits, iterations = envelopes(
        bend, bank, tyre, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    push = torch.nn.functional.pad(2.0 * ds, (0, 1))
    rows = torch.stack((push, bend, bank, slope))
    lanes = torch.stack((*tyre, drag / mass))
    start = limits[0].clamp(max=initial_speed * initial_speed)
    # (a cap per vehicle, the sign of what slows the car, whether the speed may not fall)
    w = walk_all(start, limits, rows, torch.cat((lanes, a_drive[None])), 1.0, 0.0, w_min)
    # Braking is driving from the end to the start, with what slows the car now helping.
    back = torch.stack((push.roll(1), bend, bank, slope)).flip(1)
    brakes = torch.cat((lanes, a_brake[None]))
    w = walk_all(w[-1], w.flip(0), back, brakes, -1.0, 1.0, w_min).flip(0)
    return *laps(w, ds, mass, drag), iterations


def walk_all(start, limits, rows, lanes, sign, holds, w_min):
    """Return the squared speeds of one pass, (n, vehicles), from `start` at its first point on.

    `limits` and `rows` (push, bend, bank, slope) are in the order of the pass; `lanes` holds the
    tyre, drag and largest acceleration of each vehicle.
    """
    steps = len(limits) - 1
    padding = -steps % STEPS
    rows = torch.nn.functional.pad(rows[:, :-1], (0, padding))
    limits = torch.nn.functional.pad(limits[1:], (0, 0, 0, padding))
    numbers = rows.new_tensor((sign, holds, w_min))
    speeds = [start[None]]
    for stretch, limit in zip(rows.split(STEPS, dim=1), limits.split(STEPS), strict=True):
        speeds.append(walk(speeds[-1][-1].clone(), stretch.contiguous(), limit, lanes, numbers))
    return torch.cat(speeds)[: steps + 1]


@torch.compile(dynamic=False)
def walk(w, rows, limits, lanes, numbers):
    """Return the squared speeds along a stretch, (STEPS, vehicles), from those before it."""
    mu_g, mu_lift, least_grip, drag, cap = lanes.unbind()
    sign, holds, w_min = numbers.unbind()
    speeds = []
    for (push, bend, bank, slope), limit in zip(rows.T.unbind(), limits.unbind(), strict=True):
        tyre_limit = torch.maximum(mu_g + mu_lift * w, least_grip)
        grip = (tyre_limit + bank).clamp(min=EPS)
        used = bend * w
        root = ((grip - used) * (grip + used)).clamp(min=TINY).sqrt()
        force = torch.minimum(tyre_limit, cap) / grip * root
        least = torch.maximum(holds * w, w_min)
        w = (w + push * (force - sign * (drag * w + slope))).clamp(least, limit)
        speeds.append(w)
    return torch.stack(speeds)
