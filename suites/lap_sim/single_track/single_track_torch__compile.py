"""Blocks of the track side by side in vector lanes, repeated until none changes.

The point mass's form (`point_mass_torch__compile.py`) with the inner iterations unrolled in every
step, so that a block is only `STEPS` points long. The graph computes parabolas; should a tyre
reach a bound in what they give, the pass is walked again with the tyres summed one by one, a second
graph. Host loop over about 100 calls, one scalar read back each. O(n) per call; about forty tensors
of n.
"""

from __future__ import annotations

import torch

from ..car import EPS, TINY, G
from ..point_mass.point_mass_torch import lap
from .tensor_lateral import axles, envelope, parabola, tyre_by_tyre

STEPS = 4
# An iteration reads the last one several times over, and what is not kept under a name is written
# out at each: 45 s of compiling instead of 16 s, for a program that is no faster.
NAMES = {"realize_opcount_threshold": 16}


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
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = curvature.abs(), torch.sin(banking) * G, grade * G
    w, iterations = envelope(bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance)
    drive, brakes = ds.new_tensor((a_drive, 1.0, 0.0)), ds.new_tensor((a_brake, -1.0, 1.0))
    push = torch.nn.functional.pad(2.0 * ds, (0, 1))
    args = (car, drag / mass, w_min)
    w = settle(w[:1].clamp(max=initial_speed**2), w, (push, bend, bank, slope), drive, *args)
    # Braking is driving from the end to the start, with what slows the car now helping.
    back = [row.flip(0) for row in (push.roll(1), bend, bank, slope)]
    w = settle(w[-1:], w.flip(0), back, brakes, *args).flip(0)
    return *lap(w, 2.0 * ds, curvature, mass, drag), torch.tensor(iterations, device=ds.device)


def settle(start, limits, rows, drive, car, drag, w_min):
    """Return the squared speeds of one pass, from `start` at its first point on.

    `limits` and `rows` (push, bend, bank, slope) are in the order of the pass; `drive` holds the
    largest acceleration, the sign of what slows the car, and whether the speed may not fall.
    """
    table = torch.stack([row[:-1] for row in rows] + [limits[1:]])
    steps = table.shape[1]
    table = torch.nn.functional.pad(table, (0, -steps % STEPS))
    table = table.unflatten(1, (-1, STEPS)).transpose(1, 2).contiguous()
    for by_tyre in (False, True):
        entry = torch.cat((start, table[4, -1, :-1]))
        changed = True
        while changed:
            w = walk(entry, table, drive, car, drag, w_min, by_tyre)
            following = torch.cat((start, w[-1, :-1]))
            changed = not torch.equal(entry, following)
            entry = following
        w = torch.cat((start, w.T.reshape(-1)[:steps]))
        *_, bound = parabola(axles(w[:-1], *car), rows[2][:-1], *car[10:13])
        if not bound.any():
            break
    return w


@torch.compile(dynamic=False, options=NAMES)
def walk(w, table, drive, car, drag, w_min, by_tyre):
    """Return every block's squared speeds, (STEPS, blocks), from those at its entry."""
    *_, load_sensitivity, min_mu_scale, min_lateral, inner_iterations, inner_tolerance = car
    cap, sign, holds = drive.unbind()
    speeds = []
    for push, bend, bank, slope, limit in table.unbind(1):
        both = axles(w, *car)
        level, bow, _ = parabola(both, bank, load_sensitivity, min_mu_scale, min_lateral)
        a, change = torch.full_like(w, min_lateral), torch.full_like(w, torch.inf)
        for _ in range(inner_iterations):
            if by_tyre:
                new = tyre_by_tyre(a, both, bank, load_sensitivity, min_mu_scale)
            else:
                new = level + bow * a * a
            # Each point stops by itself: where the last change was small, there is none.
            old, a = a, torch.where(change > inner_tolerance, new.clamp(min=min_lateral), a)
            change = (a - old).abs()
        grip, used = a.clamp(min=EPS), bend * w
        root = ((grip - used) * (grip + used)).clamp(min=TINY).sqrt()
        gain = cap / grip * root - sign * (drag * w + slope)
        w = (w + push * gain).clamp((holds * w).clamp(min=w_min), limit)
        speeds.append(w)
    return torch.stack(speeds)
