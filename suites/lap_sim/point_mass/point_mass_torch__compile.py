"""Blocks of the track side by side in vector lanes, repeated until none changes.

A pass is a chain. So the track is cut into blocks of `STEPS` points; one kernel walks all blocks
at once, each from a guess of the speed it is entered with, and runs again with the speeds its
neighbours now end with. A pass forgets its start within 300 points: some 30 walks settle a lap,
to the bit. The walks of a pass are a `while_loop` in one compiled graph, since calling a compiled
function takes as long as three walks; a call a walk is half as fast. Only where a derivative is
asked for it is that: a graph with the loop and its backward takes minutes to compile.
O(n) per walk; about thirty tensors of n. Stays on the device but for one scalar a walk.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch._higher_order_ops import while_loop

from ..car import EPS, EPS_TIME, TINY, G

STEPS = 16


def point_mass(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    def scalar(value):
        return torch.as_tensor(value, dtype=ds.dtype, device=ds.device)

    mass, mu, lift, drag = map(scalar, (mass, mu, lift, drag))
    w_min, w_max, start = map(scalar, (min_speed**2, max_speed**2, initial_speed**2))
    no, yes = scalar(0.0), scalar(1.0)
    tyre = torch.stack((mu * G, mu * lift / mass, mu * EPS, drag / mass))
    rows, envelope_rows = coefficients(ds, curvature, grade, banking, tyre, w_min, w_max)
    w, iterations = envelope(envelope_rows, w_max, envelope_iterations, envelope_tolerance)
    # Rows, no scalar tensors: torch.compile takes one for a float, and starts over.
    drive = torch.stack((scalar(a_drive), yes, no, w_min))
    brakes = torch.stack((scalar(a_brake), -yes, yes, w_min))
    w = settle(torch.minimum(w[0], start), w, rows, tyre, drive)
    # Braking is driving from the end to the start, with what slows the car now helping.
    back = (rows[0].roll(1), *rows[1:])
    w = settle(w[-1], w.flip(0), [row.flip(0) for row in back], tyre, brakes).flip(0)
    return *lap(w, ds, curvature, mass, drag), torch.tensor(iterations, device=ds.device)


def coefficients(ds, curvature, grade, banking, tyre, w_min, w_max):
    """Return push, bend, bank and slope, and the envelope's rise, base and least, by point."""
    mu_g, mu_lift, least_grip, _ = tyre.unbind()
    bend, bank = curvature.abs(), torch.sin(banking) * G
    is_straight = bend <= EPS
    tight = 1.0 / bend.clamp(min=EPS)
    rise = (mu_lift * tight).masked_fill(is_straight, 0.0)
    base = torch.where(is_straight, w_max, (mu_g + bank) * tight)
    least = ((least_grip + bank).clamp(min=EPS) * tight).clamp(w_min, w_max)
    push = torch.nn.functional.pad(2.0 * ds, (0, 1))
    return (push, bend, bank, grade * G), (rise, base, least)


def envelope(rows, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds and the number of fixed-point iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max).
    """
    rise, base, least = rows
    most = w = w_max.expand(len(rise))
    count, witness, speed = 0, 0, sqrt(w_max.item())
    while count < iterations:
        old, w = w, torch.addcmul(base, rise, w).clamp(least, most)
        count += 1
        # While one point is known to move, the others need not be asked.
        before, speed = speed, sqrt(w[witness].item())
        if abs(speed - before) <= tolerance:
            change, witness = (w.detach().sqrt() - old.detach().sqrt()).abs_().max(0)
            if change.item() <= tolerance:
                break
            speed = sqrt(w[witness].item())
    return w, count


def settle(start, limits, rows, tyre, drive):
    """Return the squared speeds of one pass, from `start` at its first point on.

    `limits` and `rows` (push, bend, bank, slope) are in the order of the pass; `drive` holds the
    largest acceleration, the sign of what slows the car, whether the speed may not fall, and the
    least squared speed.
    """
    table = torch.stack([row[:-1] for row in rows] + [limits[1:]])
    steps = table.shape[1]
    table = torch.nn.functional.pad(table, (0, -steps % STEPS))
    table = table.unflatten(1, (-1, STEPS)).transpose(1, 2).contiguous()
    entry = torch.cat((start[None], table[4, -1, :-1]))
    inputs = (entry, table, tyre, drive)
    differentiated = torch.is_grad_enabled() and any(value.requires_grad for value in inputs)
    w = walk_by_walk(*inputs) if differentiated else walk_on(*inputs)
    return torch.cat((start[None], w.T.reshape(-1)[:steps]))


@torch.compile(dynamic=False)
def walk_on(entry, table, tyre, drive):
    """Return the settled squared speeds in every block: all walks of a pass in one graph."""

    def moving(changed, entry, w):
        return changed.clone()  # a graph's loop may not return what it is given

    def again(changed, entry, w):
        w = walk(entry, table, tyre, drive)
        left = torch.cat((entry[:1], w[-1, :-1]))
        return (left != entry).any(), left, w

    changed = torch.ones((), dtype=torch.bool, device=entry.device)
    return while_loop(moving, again, (changed, entry, torch.zeros_like(table[4])))[2]


def walk_by_walk(entry, table, tyre, drive):
    """Return the same with a call a walk, which autograd records."""
    changed = True
    while changed:
        w = walk_once(entry, table, tyre, drive)
        left = torch.cat((entry[:1], w[-1, :-1]))
        changed = not torch.equal(entry, left)
        entry = left
    return w


def walk(w, table, tyre, drive):
    """Return the squared speeds in every block, (STEPS, blocks), from those at its entry."""
    mu_g, mu_lift, least_grip, drag = tyre.unbind()
    cap, sign, holds, w_min = drive.unbind()
    speeds = []
    for push, bend, bank, slope, limit in table.unbind(1):
        tyre_limit = torch.maximum(mu_g + mu_lift * w, least_grip)
        grip = (tyre_limit + bank).clamp(min=EPS)
        used = bend * w
        root = ((grip - used) * (grip + used)).clamp(min=TINY).sqrt()
        force = torch.minimum(tyre_limit, cap) / grip * root
        least = torch.maximum(holds * w, w_min)
        w = (w + push * (force - sign * (drag * w + slope))).clamp(least, limit)
        speeds.append(w)
    return torch.stack(speeds)


walk_once = torch.compile(walk, dynamic=False)


def lap(w, ds, curvature, mass, drag):
    """Return speed, accelerations, lap time and energy from the squared speeds."""
    speed = w.sqrt()
    ax = w.diff() / (2.0 * ds)
    ax = torch.cat((ax, ax[-1:]))
    mean = (speed[:-1] + speed[1:]) / 2.0
    power = ((mass * ax + drag * w) * speed).clamp(min=0.0)[:-1]
    lap_time = (ds / mean.clamp(min=EPS)).sum()
    energy = (power * (ds / mean.clamp(min=EPS_TIME))).sum()
    return speed, ax, w * curvature, lap_time, energy
