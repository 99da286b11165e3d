"""Picard iteration over LAPACK sweeps: `gtsv` for each Newton step and each density step.

The reference. Beats `scipy.linalg.solve_banded` and a dense solve, whose calls cost ten times a
`gtsv` of 51 rows (3x in all), and elimination over Python floats (3x at 51 nodes, 10x at 201).
O(iterations x levels x Newton steps x nodes), of which the calls, not the nodes, take the time up
to 200 nodes; allocates about ten arrays of levels x nodes.
"""

from __future__ import annotations

import numpy as np

from ..numpy_sweeps import backward_sweep, forward_sweep


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    backward = backward_sweep(len(initial), spread, newton_tolerance, newton_iterations, scale)
    potential = scale * dt * potential
    last = scale * terminal
    u, m = np.tile(last, (levels + 1, 1)), np.tile(initial, (levels + 1, 1))
    iteration, changes, converged = 0, np.zeros((max_iterations, 2)), False
    while iteration < max_iterations and not converged:
        iteration += 1
        new_u = backward(last, potential + (scale * dt * gamma) * m[1:] ** 2)
        new_m = forward_sweep(new_u, initial, spread)
        u, change_u = damp(u, new_u, theta)
        m, change_m = damp(m, new_m, theta)
        changes[iteration - 1] = change_u, change_m
        converged = bool(change_u < tolerance and change_m < tolerance)
    return u / scale, m, iteration, changes, converged


def damp(old, new, theta):
    """Return the damped iterate and its relative change."""
    damped = theta * new + (1.0 - theta) * old
    return damped, np.linalg.norm(damped - old) / np.linalg.norm(damped)
