"""Loops on Python floats for the value function (see `mfg_solve`), the runtime for the particles.

One broadcast over nodes x particles for a density: an operation costs 0.3 ms or more whatever its
size, so tiles would only add operations. A table of densities moves to the host and one of drifts
back for each iteration. O(iterations x levels x particles x nodes); allocates three arrays of
nodes x 3 particles.
"""

from __future__ import annotations

import math

import cupynumeric as cn

from ..host_loop import backward_sweep, gradient

NOTE = (
    "host loop: the value function's sweeps run over Python floats,"
    " moved to the host and back in the timed region"
)


def mfg_particles(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    start, noise, bandwidth,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    newton = (spread, newton_tolerance, newton_iterations, scale)
    last = (scale * terminal).tolist()
    kicks = noise * (sigma * math.sqrt(dt))
    w, m = cn.array([last] * (levels + 1)), cn.tile(initial, (levels + 1, 1))
    iteration, changes, done = 0, cn.zeros((max_iterations, 2)), False
    while iteration < max_iterations and not done:
        iteration += 1
        sources = (potential + gamma * m[1:] ** 2) * (scale * dt)
        new_w = backward_sweep(last, sources.tolist(), *newton)
        drift = cn.array([gradient(row, -c * dt / (scale * dx)) for row in new_w[:-1]])
        new_m = cn.empty_like(m)
        new_m[0], p = initial, start
        for level in range(levels):
            p = move(p, drift[level], kicks[level])
            new_m[level + 1] = estimate(p, len(initial), bandwidth, dx)
        w, change_u = damp(w, cn.array(new_w), theta)
        m, change_m = damp(m, new_m, theta)
        changes[iteration - 1, 0], changes[iteration - 1, 1] = change_u, change_m
        converged = (change_u < tolerance) & (change_m < tolerance)
        done = bool(converged)
    return w / scale, m, cn.array(iteration), changes, converged, p


def move(p, drift, kick):
    """Return the positions one step later: drift interpolated, noise, ends that reflect."""
    cells = len(drift) - 1
    place = p * cells
    cell = cn.minimum(place.astype(cn.int64), cells - 1)
    before, after = drift[cell], drift[cell + 1]
    y = p + before + (place - cell) * (after - before) + kick
    y = cn.mod(y, 2.0)
    return cn.minimum(y, 2.0 - y)


def estimate(p, nodes, bandwidth, dx):
    """Return the density on the nodes of particles and their mirror images, of mass 1."""
    unit = math.sqrt(0.5) / bandwidth
    images = cn.concatenate((p, -p, 2.0 - p)) * unit
    terms = cn.linspace(0.0, unit, nodes)[:, None] - images[None, :]
    sums = cn.exp(-(terms * terms)).sum(axis=1)
    return sums / (sums.sum() * dx)


def damp(old, new, theta):
    """Return the damped iterate and its relative change."""
    damped = theta * new + (1.0 - theta) * old
    return damped, cn.sqrt(((damped - old) ** 2).sum() / (damped * damped).sum())
