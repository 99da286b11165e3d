"""Compiled: a few Newton steps of a level, and a density step, by parallel cyclic reduction."""

from __future__ import annotations

import torch

from ..torch_sweeps import STEPS, density_step, newton_steps

compiled_newton_steps = torch.compile(newton_steps, dynamic=False)
compiled_density_step = torch.compile(density_step, dynamic=False)


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    potential, last = scale * dt * potential, scale * terminal
    w, m = last.repeat(levels + 1, 1), initial.repeat(levels + 1, 1)
    for iteration in range(1, max_iterations + 1):
        sources = potential + (scale * dt * gamma) * m[1:].square()
        values = [last]
        value = last
        for source in sources.flip(0):
            given = source + value
            for _ in range(0, newton_iterations, STEPS):
                value, moving = compiled_newton_steps(value, given, spread, newton_tolerance, scale)
                if not moving.item():
                    break
            values.append(value)
        values.reverse()
        densities = [initial]
        for value in values[:-1]:
            densities.append(compiled_density_step(value, densities[-1], spread))
        w, error_u = damp(w, torch.stack(values), theta)
        m, error_m = damp(m, torch.stack(densities), theta)
        converged = (error_u < tolerance) & (error_m < tolerance)
        if converged.item():
            break
    return w / scale, m, torch.tensor(iteration, device=m.device), error_u, error_m, converged


def damp(old, new, theta):
    """Return the damped iterate and its relative change."""
    damped = theta * new + (1.0 - theta) * old
    return damped, torch.dist(damped, old) / damped.norm()
