"""Threads over blocks of vehicles, the vehicles of a block in vector lanes.

A pass of one vehicle waits for one sqrt after another; `LANES` of them side by side fill the
vector units. The envelope has its lanes along the track and takes one vehicle after another. A
block's speeds stay in the L2 cache. O(n B) per envelope iteration and pass; allocates an array of
n x `LANES` for each block.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit, prange

from ..car import EPS, EPS_TIME, G
from ..point_mass.point_mass_numba import envelope, force

LANES = 16

options = {"cache": True, "error_model": "numpy", "fastmath": {"contract"}}
jit = njit(**options)


@njit(parallel=True, **options)
def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    vehicles = len(mass)
    blocks = (vehicles + LANES - 1) // LANES
    bend, bank, slope = np.abs(curvature), G * np.sin(banking), G * grade
    lap_time, energy = np.empty(vehicles), np.empty(vehicles)
    iterations = np.empty(vehicles, dtype=np.int64)
    for block in prange(blocks):
        # The last block repeats the last vehicle in its empty lanes.
        lanes = np.minimum(np.arange(block * LANES, (block + 1) * LANES), vehicles - 1)
        m, d = mass[lanes], drag[lanes]
        tyre = (mu[lanes] * G, mu[lanes] * lift[lanes] / m, mu[lanes] * EPS)
        w, counts = np.full((len(bend), LANES), max_speed**2), np.empty(LANES, dtype=np.int64)
        for lane in range(LANES):
            counts[lane] = envelope(
                w[:, lane], bend, bank, (tyre[0][lane], tyre[1][lane], tyre[2][lane]),
                min_speed**2, max_speed**2, envelope_iterations, envelope_tolerance,
            )  # fmt: skip
            w[0, lane] = min(w[0, lane], initial_speed**2)
        accelerate(w, ds, bend, bank, slope, tyre, a_drive[lanes], d / m, min_speed**2)
        times, works = brake(w, ds, bend, bank, slope, tyre, a_brake[lanes], m, d)
        lap_time[lanes], energy[lanes], iterations[lanes] = times, works, counts
    return lap_time, energy, iterations


@jit
def accelerate(w, ds, bend, bank, slope, tyre, a_drive, drag, w_min):
    """Lower squared speeds, in place, to what the drive reaches from the point before."""
    mu_g, mu_lift, least_grip = tyre
    for i in range(len(ds)):
        step, k, side, climb = 2.0 * ds[i], bend[i], bank[i], slope[i]
        for lane in range(LANES):
            x = w[i, lane]
            lane_tyre = (mu_g[lane], mu_lift[lane], least_grip[lane])
            gain = force(x, k, side, lane_tyre, a_drive[lane])
            x += step * (gain - drag[lane] * x - climb)
            w[i + 1, lane] = min(max(x, w_min), w[i + 1, lane])


@jit
def brake(w, ds, bend, bank, slope, tyre, a_brake, mass, drag):
    """Lower squared speeds, in place, to what the brakes allow; return lap times and energies."""
    mu_g, mu_lift, least_grip = tyre
    times, works = np.zeros(LANES), np.zeros(LANES)
    decay = drag / mass
    after, after_speed = w[-1].copy(), np.sqrt(w[-1])
    for i in range(len(ds) - 1, -1, -1):
        step, k, side, climb = 2.0 * ds[i], bend[i + 1], bank[i + 1], slope[i + 1]
        per_step = 1.0 / step
        for lane in range(LANES):
            x = after[lane]
            lane_tyre = (mu_g[lane], mu_lift[lane], least_grip[lane])
            gain = force(x, k, side, lane_tyre, a_brake[lane])
            new = min(x + step * max(gain + decay[lane] * x + climb, 0.0), w[i, lane])
            speed = sqrt(new)
            slowness = 1.0 / max(0.5 * (speed + after_speed[lane]), EPS)
            times[lane] += ds[i] * slowness
            power = max((mass[lane] * (x - new) * per_step + drag[lane] * new) * speed, 0.0)
            works[lane] += power * (ds[i] * min(slowness, 1.0 / EPS_TIME))
            after[lane], after_speed[lane] = new, speed
    return times, works
