"""The whole solve compiled: Picard iteration over twisted elimination (`_numba_sweeps`).

Elimination from both ends beats the textbook one (1.6x), whose chain of divisions is the limit.
Levels wait for one another, so it is serial. O(iterations x levels x Newton steps x nodes);
allocates four arrays of levels x nodes and rows.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .._numba_sweeps import backward_sweep, damp, forward_sweep, options


@njit(cache=True, **options)
def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    nodes = len(initial)
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    w, m = np.empty((levels + 1, nodes)), np.empty((levels + 1, nodes))
    for level in range(levels + 1):
        for i in range(nodes):
            w[level, i] = scale * terminal[i]
            m[level, i] = initial[i]
    new_w, new_m, sources = w.copy(), m.copy(), np.empty((levels, nodes))
    iteration, changes, converged = 0, np.zeros((max_iterations, 2)), False
    while iteration < max_iterations and not converged:
        for level in range(levels):
            for i in range(nodes):
                crowd = gamma * m[level + 1, i] ** 2
                sources[level, i] = scale * dt * (potential[i] + crowd)
        backward_sweep(new_w, sources, spread, newton_tolerance, newton_iterations, scale)
        forward_sweep(new_m, new_w, spread)
        change_u, change_m = damp(w, new_w, theta), damp(m, new_m, theta)
        changes[iteration, 0], changes[iteration, 1] = change_u, change_m
        converged = change_u < tolerance and change_m < tolerance
        iteration += 1
    return w / scale, m, iteration, changes, converged
