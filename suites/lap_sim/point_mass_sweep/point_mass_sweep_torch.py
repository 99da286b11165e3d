"""Vehicles along the vector axis, point after point; the envelope in blocks of vehicles.

With 1000 vehicles the cost of an operation is spread over them, so that walking the points on the
device beats the single lap's host loop (10 times). A pass is 14 operations a point, in place where
torch has no fused one. O(n B) per envelope iteration and pass; allocates an array of n x B and a
few of n x `BLOCK`.
"""

from __future__ import annotations

import torch

from ..car import EPS, EPS_TIME, G

BLOCK = 64  # vehicles


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
    limits[0].clamp_(max=initial_speed * initial_speed)
    rows = [row.tolist() for row in (2.0 * ds, bend, bank, slope)]
    w = drive(limits, rows, tyre, a_drive, drag / mass, w_min)
    brake(w, rows, tyre, a_brake, drag / mass)
    return *laps(limits, ds, mass, drag), iterations


def envelopes(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (n, vehicles), and each vehicle's iterations."""
    blocks = [
        envelope(bend[:, None], bank[:, None], block, w_min, w_max, iterations, tolerance)
        for block in zip(*(part.split(BLOCK) for part in tyre), strict=True)
    ]
    limits, counts = zip(*blocks, strict=True)
    return torch.cat(limits, dim=1), torch.cat(counts)


def envelope(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (n, block), and each vehicle's iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max). Each vehicle
    stops by itself: from then on its line is flat.
    """
    mu_g, mu_lift, least_grip = tyre
    slows = ((mu_lift * w_max + mu_g + bank) < w_max * bend).any(dim=1)
    slow = torch.nonzero(slows & (bend[:, 0] > EPS))[:, 0]
    tight, side = 1.0 / bend[slow], bank[slow]
    rise, base = mu_lift * tight, (mu_g + side) * tight
    least = ((least_grip + side).clamp(min=EPS) * tight).clamp(w_min, w_max)
    most = w = torch.full_like(base, w_max)
    speed = w.sqrt()
    counts = torch.zeros(len(mu_g), dtype=torch.int64, device=w.device)
    is_open = torch.ones_like(counts, dtype=torch.bool)
    for _ in range(iterations if len(slow) else 1):
        w = torch.addcmul(base, rise, w).clamp_(least, most)
        new = w.sqrt()
        speed = speed.sub_(new).abs_()
        moved = speed.amax(dim=0) > tolerance if len(slow) else torch.zeros_like(is_open)
        speed = new
        counts += is_open
        done = is_open & ~moved
        is_open &= moved
        if not is_open.any():
            break
        if done.any():
            rise, base = rise.masked_fill(done, 0.0), torch.where(done, w, base)
    limits = torch.full((len(bend), len(mu_g)), w_max, dtype=w.dtype, device=w.device)
    limits[slow] = w
    return limits, counts


def friction(w, k, side, tyre, cap):
    """Return what the friction circle leaves of a longitudinal limit, m/s^2."""
    mu_g, mu_lift, least_grip = tyre
    limit = torch.addcmul(mu_g, mu_lift, w).clamp_min_(least_grip)
    grip = limit.add(side).clamp_min_(EPS)
    force = grip.sub(w, alpha=k).mul_(torch.add(grip, w, alpha=k)).relu_().sqrt_()
    return force.div_(grip).mul_(limit.clamp_max_(cap))


def drive(limits, rows, tyre, a_drive, drag, w_min):
    """Lower squared speeds, (n, vehicles), in place, to what the drive reaches; return them."""
    speeds = limits.unbind()
    w = speeds[0]
    for step, k, side, climb, limit in zip(*rows, speeds[1:], strict=False):
        gain = friction(w, k, side, tyre, a_drive).sub_(climb).addcmul_(drag, w, value=-1.0)
        w = limit.clamp_max_(torch.add(w, gain, alpha=step).clamp_min_(w_min))
    return speeds


def brake(speeds, rows, tyre, a_brake, drag):
    """Lower squared speeds, in place, to what the brakes allow before the next point."""
    push, bend, bank, slope = rows
    w = speeds[-1]
    for i in range(len(speeds) - 2, -1, -1):
        gain = friction(w, bend[i + 1], bank[i + 1], tyre, a_brake)
        gain = gain.add_(slope[i + 1]).addcmul_(drag, w).relu_()
        w = speeds[i].clamp_max_(torch.add(w, gain, alpha=push[i]))


def laps(w, ds, mass, drag):
    """Return lap times and energies, summed over blocks of points that stay in the cache."""
    lap_time, energy = torch.zeros_like(mass), torch.zeros_like(mass)
    for step, here in zip(ds.split(BLOCK), _overlapping(w), strict=True):
        step, speed = step[:, None], here.sqrt()
        mean = (speed[:-1] + speed[1:]).mul_(0.5)
        power = here.diff(dim=0).div_(2.0 * step).mul_(mass).add_(here[:-1] * drag)
        power.mul_(speed[:-1]).clamp_(min=0.0)
        lap_time += (step / mean.clamp(min=EPS)).sum(dim=0)
        energy += power.mul_(step / mean.clamp_(min=EPS_TIME)).sum(dim=0)
    return lap_time, energy


def _overlapping(w):
    return [w[first : first + BLOCK + 1] for first in range(0, len(w) - 1, BLOCK)]
