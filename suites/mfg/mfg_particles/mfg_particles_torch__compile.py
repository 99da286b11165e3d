"""As eager, with the particles' step and density compiled into one graph.

What is compiled: drift, reflection and the density's broadcast fused into its sum, never
materialised. The value function stays in loops on Python floats (see `mfg_solve`).
O(iterations x levels x particles x nodes); allocates ten rows of particles and ten tables of
levels x nodes.
"""

from __future__ import annotations

import math

import torch

from .mfg_particles_torch import iterate, move

NOTE = (
    "host loop: the value function's sweeps run over Python floats,"
    " moved to the host and back in the timed region"
)


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


@torch.compile(dynamic=False)
def step(p, drift, kick, bandwidth: float, dx: float):
    """Return the positions one step later and their density."""
    p = move(p, drift, kick)
    unit = math.sqrt(0.5) / bandwidth
    images = torch.cat((p, -p, 2.0 - p)) * unit
    grid = torch.linspace(0.0, unit, len(drift), dtype=p.dtype, device=p.device)[:, None]
    # Sums with denormal terms are slow.
    sums = (grid - images).square().neg().clamp(min=-700.0).exp().sum(dim=1)
    return p, sums / (sums.sum() * dx)
