"""Picard iteration over loops on lists of floats (`host_loop`): assembly fused with elimination.

Beats building the bands before solving (2.5x): one pass forward, one back. O(iterations x levels
x Newton steps x nodes), about 0.25 us a node; allocates about ten lists of levels x nodes.
"""

from __future__ import annotations

from ..host_loop import backward_sweep, damp, forward_sweep


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    crowd = scale * dt * gamma
    potential = [scale * dt * v for v in potential]
    last = [scale * u for u in terminal]
    w, m = [last] * (levels + 1), [initial] * (levels + 1)
    iteration, changes, converged = 0, [], False
    while iteration < max_iterations and not converged:
        iteration += 1
        sources = [
            [v + crowd * x * x for v, x in zip(potential, row, strict=True)] for row in m[1:]
        ]
        new_w = backward_sweep(last, sources, spread, newton_tolerance, newton_iterations, scale)
        new_m = forward_sweep(new_w, initial, spread)
        w, change_u = damp(w, new_w, theta)
        m, change_m = damp(m, new_m, theta)
        changes.append([change_u, change_m])
        converged = change_u < tolerance and change_m < tolerance
    changes += [[0.0, 0.0]] * (max_iterations - iteration)
    return [[x / scale for x in row] for row in w], m, iteration, changes, converged
