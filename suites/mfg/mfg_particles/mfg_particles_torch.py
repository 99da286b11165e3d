"""Loops on Python floats for the value function (see `mfg_solve`), tensors for the particles.

The density goes through tiles that stay in the L2 cache on the CPU; a GPU gets one. A table of
densities moves to the host and one of drifts back for each iteration; no gradients.
O(iterations x levels x particles x nodes); allocates a tile, ten rows of particles and ten
tables of levels x nodes.
"""

from __future__ import annotations

import math

import torch

from ..host_loop import backward_sweep, gradient
from ..torch_tables import damp

NOTE = (
    "host loop: the value function's sweeps run over Python floats,"
    " moved to the host and back in the timed region"
)

VARIANTS = ("eager",)
TILE = {"cpu": 1 << 17, "cuda": 1 << 26}


def mfg_particles(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    start, noise, bandwidth,
):  # fmt: skip
    return iterate(
        step, potential, terminal, initial, dx, dt, levels,
        sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
        start, noise, bandwidth,
    )  # fmt: skip


def iterate(
    step,
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    start, noise, bandwidth,
):  # fmt: skip
    """Run the Picard iteration with a `step` of the particles, eager or compiled."""
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    newton = (spread, newton_tolerance, newton_iterations, scale)
    last = (scale * terminal).tolist()
    kicks = noise * (sigma * math.sqrt(dt))
    w, m = initial.new_tensor([last] * (levels + 1)), initial.repeat(levels + 1, 1)
    iteration, changes, done = 0, initial.new_zeros(max_iterations, 2), False
    while iteration < max_iterations and not done:
        iteration += 1
        sources = torch.addcmul(potential, m[1:], m[1:], value=gamma) * (scale * dt)
        new_w = backward_sweep(last, sources.tolist(), *newton)
        drift = initial.new_tensor([gradient(row, -c * dt / (scale * dx)) for row in new_w[:-1]])
        p, densities = start, [initial]
        for row, kick in zip(drift, kicks, strict=True):
            p, density = step(p, row, kick, bandwidth, dx)
            densities.append(density)
        w, change_u = damp(w, initial.new_tensor(new_w), theta)
        m, change_m = damp(m, torch.stack(densities), theta)
        changes[iteration - 1] = torch.stack((change_u, change_m))
        converged = (change_u < tolerance) & (change_m < tolerance)
        done = converged.item()
    iterations = torch.tensor(iteration, device=m.device)
    return w / scale, m, iterations, changes, converged, p


def step(p, drift, kick, bandwidth: float, dx: float):
    """Return the positions one step later and their density."""
    p = move(p, drift, kick)
    unit = math.sqrt(0.5) / bandwidth
    images = torch.cat((p, -p, 2.0 - p)) * unit
    grid = torch.linspace(0.0, unit, len(drift), dtype=p.dtype, device=p.device)[:, None]
    rows = max(1, TILE[p.device.type] // len(images))
    sums = torch.cat([tile_sums(points, images) for points in grid.split(rows)])
    return p, sums / (sums.sum() * dx)


def tile_sums(points, images):
    """Return the Gaussians of all images summed at each point."""
    # exp() is 10 times slower where it underflows.
    return (points - images).square_().neg_().clamp_(min=-700.0).exp_().sum(dim=1)


def move(p, drift, kick):
    """Return the positions one step later: drift interpolated, noise, ends that reflect."""
    cells = len(drift) - 1
    place = p * cells
    cell = place.long().clamp(max=cells - 1)
    y = p + drift[cell] + (place - cell) * drift.diff()[cell] + kick
    y = y.remainder(2.0)
    return torch.minimum(y, 2.0 - y)
