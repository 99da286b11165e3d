"""Vehicles along the vector axis, point after point; the envelope in blocks of vehicles.

The reference. A pass is 20 in-place operations on all vehicles for each point, 3 times faster than
one vehicle after another. The envelope's arrays (points x `BLOCK`) stay in the cache, and leave
out the points that no vehicle has to slow down for. O(n B) per envelope iteration and pass;
allocates one array of n x B and a few of n x `BLOCK`.
"""

from __future__ import annotations

import numpy as np

from ..car import EPS, EPS_TIME, G

BLOCK = 16  # vehicles
ROWS = 32  # points, when results are summed


def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = np.abs(curvature), G * np.sin(banking), G * grade
    tyre = (mu * G, mu * lift / mass, mu * EPS)
    w = np.empty((len(bend), len(mass)))
    iterations = np.empty(len(mass), dtype=np.int64)
    for first in range(0, len(mass), BLOCK):
        block = slice(first, first + BLOCK)
        w[:, block], iterations[block] = envelope(
            bend, bank, [part[block] for part in tyre], w_min, w_max,
            envelope_iterations, envelope_tolerance,
        )  # fmt: skip
    np.minimum(w[0], initial_speed * initial_speed, out=w[0])
    push = (2.0 * ds).tolist()
    rows = [row.tolist() for row in (bend, bank, slope)]
    drive(w, push, rows, tyre, a_drive, drag / mass, w_min)
    brake(w, push, rows, tyre, a_brake, drag / mass)
    return *laps(w, ds, mass, drag), iterations


def envelope(bend, bank, tyre, w_min, w_max, iterations, tolerance):
    """Return the squared lateral-limit speeds, (n, block), and each vehicle's iterations.

    An iteration is linear in the squared speed w: clip(rise w + base, least, w_max). Each vehicle
    stops by itself: from then on its line is flat.
    """
    mu_g, mu_lift, least_grip = tyre
    limits = np.full((len(bend), len(mu_g)), w_max)
    tight = 1.0 / np.maximum(bend, EPS)
    slows = (mu_lift * w_max + mu_g + bank[:, None]) * tight[:, None] < w_max
    slow = np.flatnonzero(slows.any(axis=1) & (bend > EPS))
    tight, bank = tight[slow, None], bank[slow, None]
    rise, base = mu_lift * tight, (mu_g + bank) * tight
    least = np.clip(np.maximum(least_grip + bank, EPS) * tight, w_min, w_max)
    w = np.full_like(base, w_max)
    old, new = np.sqrt(w), np.empty_like(w)
    counts = np.zeros(len(mu_g), dtype=np.int64)
    is_open = np.ones(len(mu_g), dtype=bool)
    for _ in range(iterations):
        np.multiply(w, rise, out=w)
        np.add(w, base, out=w)
        np.maximum(w, least, out=w)
        np.minimum(w, w_max, out=w)
        np.sqrt(w, out=new)
        np.subtract(new, old, out=old)
        change = np.abs(old, out=old).max(axis=0, initial=0.0)
        old, new = new, old
        counts += is_open
        done = is_open & (change <= tolerance)
        if done.any():
            rise[:, done], base[:, done] = 0.0, w[:, done]
            is_open &= ~done
            if not is_open.any():
                break
    limits[slow] = w
    return limits, counts


def friction(w, k, side, tyre, cap, work):
    """Write what the friction circle leaves of a longitudinal limit to the first work array."""
    mu_g, mu_lift, least_grip = tyre
    force, limit, grip, used = work
    np.multiply(mu_lift, w, out=limit)
    np.add(limit, mu_g, out=limit)
    np.maximum(limit, least_grip, out=limit)
    np.add(limit, side, out=grip)
    np.maximum(grip, EPS, out=grip)
    np.multiply(w, k, out=used)
    np.subtract(grip, used, out=force)
    np.add(grip, used, out=used)
    np.multiply(force, used, out=force)
    np.maximum(force, 0.0, out=force)
    np.sqrt(force, out=force)
    np.divide(force, grip, out=force)
    np.minimum(limit, cap, out=limit)
    np.multiply(force, limit, out=force)
    return force, used


def drive(w, push, rows, tyre, a_drive, drag, w_min):
    """Lower squared speeds, (n, vehicles), in place, to what the drive reaches."""
    work = np.empty((4, w.shape[1]))
    for i, (step, k, side, climb) in enumerate(zip(push, *rows, strict=False)):
        gain, lost = friction(w[i], k, side, tyre, a_drive, work)
        np.multiply(drag, w[i], out=lost)
        np.add(lost, climb, out=lost)
        np.subtract(gain, lost, out=gain)
        np.multiply(gain, step, out=gain)
        np.add(gain, w[i], out=gain)
        np.maximum(gain, w_min, out=gain)
        np.minimum(gain, w[i + 1], out=w[i + 1])


def brake(w, push, rows, tyre, a_brake, drag):
    """Lower squared speeds, in place, to what the brakes allow before the next point."""
    work = np.empty((4, w.shape[1]))
    bend, bank, slope = rows
    for i in range(len(push) - 1, -1, -1):
        after = w[i + 1]
        gain, lost = friction(after, bend[i + 1], bank[i + 1], tyre, a_brake, work)
        np.multiply(drag, after, out=lost)
        np.add(lost, slope[i + 1], out=lost)
        np.add(gain, lost, out=gain)
        np.maximum(gain, 0.0, out=gain)
        np.multiply(gain, push[i], out=gain)
        np.add(gain, after, out=gain)
        np.minimum(gain, w[i], out=w[i])


def laps(w, ds, mass, drag):
    """Return lap times and energies, summed over blocks of points that stay in the cache."""
    lap_time, energy = np.zeros_like(mass), np.zeros_like(mass)
    for first in range(0, len(ds), ROWS):
        step = ds[first : first + ROWS, None]
        here = w[first : first + ROWS + 1]
        speed = np.sqrt(here)
        mean = speed[:-1] + speed[1:]
        mean *= 0.5
        ax = np.diff(here, axis=0)
        ax /= 2.0 * step
        ax *= mass
        ax += drag * here[:-1]
        ax *= speed[:-1]
        np.maximum(ax, 0.0, out=ax)
        lap_time += (step / np.maximum(mean, EPS)).sum(axis=0)
        ax *= step
        ax /= np.maximum(mean, EPS_TIME, out=mean)
        energy += ax.sum(axis=0)
    return lap_time, energy
