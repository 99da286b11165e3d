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
from ..point_mass.point_mass_numba import bends, force, internal, options, settle

LANES = 16


@njit(parallel=True, cache=True, **options)
def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    vehicles = len(mass)
    w_min, w_max = min_speed**2, max_speed**2
    bend, bank, slope = rows(curvature, grade, banking)
    slow, tight, side = bends(bend, bank, least_grip(mass, mu, lift, w_max), w_max)
    lap_time, energy = np.empty(vehicles), np.empty(vehicles)
    iterations = np.empty(vehicles, dtype=np.int64)
    for block in prange((vehicles + LANES - 1) // LANES):
        # The loop's own counter is unsigned for threads: `drive_block` would be compiled twice.
        drive_block(
            np.int64(block), ds, (bend, bank, slope), slow, (tight, side),
            (mass, mu, lift, drag, a_drive, a_brake),
            w_min, w_max, initial_speed**2, envelope_iterations, envelope_tolerance,
            lap_time, energy, iterations,
        )  # fmt: skip
    return lap_time, energy, iterations


@internal
def rows(curvature, grade, banking):
    """Return bend, bank and slope by point."""
    return np.abs(curvature), G * np.sin(banking), G * grade


@internal
def least_grip(mass, mu, lift, w_max):
    """Return the smallest grip of any vehicle at the largest squared speed, m/s^2."""
    return np.min(mu * lift / mass * w_max + mu * G)


@internal
def drive_block(
    block, ds, track, slow, bent, car,
    w_min, w_max, w_start, envelope_iterations, envelope_tolerance,
    lap_time, energy, iterations,
):  # fmt: skip
    """Set the results of a block of vehicles.

    Apart from the loop over blocks, in which each of its array expressions would become a loop for
    threads, and take as long to compile as all of this.
    """
    (bend, bank, slope), (tight, side) = track, bent
    mass, mu, lift, drag, a_drive, a_brake = car
    # The last block repeats the last vehicle in its empty lanes.
    lanes = np.minimum(np.arange(block * LANES, (block + 1) * LANES), len(mass) - 1)
    m, d = mass[lanes], drag[lanes]
    tyre = (mu[lanes] * G, mu[lanes] * lift[lanes] / m, mu[lanes] * EPS)
    w = np.full((len(bend), LANES), w_max)
    for lane in range(LANES):
        limits, iterations[lanes[lane]] = settle(
            tight, side, (tyre[0][lane], tyre[1][lane], tyre[2][lane]),
            w_min, w_max, envelope_iterations, envelope_tolerance,
        )  # fmt: skip
        for j in range(len(slow)):
            w[slow[j], lane] = limits[j]
        w[0, lane] = min(w[0, lane], w_start)
    accelerate(w, ds, bend, bank, slope, tyre, a_drive[lanes], d / m, w_min)
    brake(w, ds, bend, bank, slope, tyre, a_brake[lanes], d / m)
    times, works = laps(w, ds, m, d)
    for lane in range(LANES):
        lap_time[lanes[lane]], energy[lanes[lane]] = times[lane], works[lane]


# LLVM takes the vector path where it finds, before a loop, that what the loop writes is not what
# it reads. Hence `x`, a copy of the row that a pass has come to, and counters that only go up.


@internal
def accelerate(w, ds, bend, bank, slope, tyre, a_drive, drag, w_min):
    """Lower squared speeds, in place, to what the drive reaches from the point before."""
    mu_g, mu_lift, least_grip = tyre
    x = w[0].copy()
    for i in range(len(ds)):
        step, k, side, climb = 2.0 * ds[i], bend[i], bank[i], slope[i]
        for lane in range(LANES):
            lane_tyre = (mu_g[lane], mu_lift[lane], least_grip[lane])
            gain = force(x[lane], k, side, lane_tyre, a_drive[lane]) - drag[lane] * x[lane] - climb
            x[lane] = min(max(x[lane] + step * gain, w_min), w[i + 1, lane])
            w[i + 1, lane] = x[lane]


@internal
def brake(w, ds, bend, bank, slope, tyre, a_brake, drag):
    """Lower squared speeds, in place, to what the brakes allow before the next point."""
    mu_g, mu_lift, least_grip = tyre
    x = w[-1].copy()
    for steps in range(len(ds)):
        i = len(ds) - 1 - steps
        step, k, side, climb = 2.0 * ds[i], bend[i + 1], bank[i + 1], slope[i + 1]
        for lane in range(LANES):
            lane_tyre = (mu_g[lane], mu_lift[lane], least_grip[lane])
            gain = force(x[lane], k, side, lane_tyre, a_brake[lane]) + drag[lane] * x[lane] + climb
            x[lane] = min(x[lane] + step * max(gain, 0.0), w[i, lane])
            w[i, lane] = x[lane]


@internal
def laps(w, ds, mass, drag):
    """Return lap times and energies."""
    times, works, speeds = np.zeros(LANES), np.zeros(LANES), np.sqrt(w[0])
    for i in range(len(ds)):
        step, per_step = ds[i], 0.5 / ds[i]
        for lane in range(LANES):
            speed, after = speeds[lane], sqrt(w[i + 1, lane])
            slowness = 1.0 / max(0.5 * (speed + after), EPS)
            times[lane] += step * slowness
            pull = mass[lane] * (w[i + 1, lane] - w[i, lane]) * per_step + drag[lane] * w[i, lane]
            works[lane] += max(pull * speed, 0.0) * (step * min(slowness, 1.0 / EPS_TIME))
            speeds[lane] = after
    return times, works
