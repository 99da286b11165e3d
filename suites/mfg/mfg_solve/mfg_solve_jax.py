"""One program: `lax.while_loop` for Picard and Newton, `lax.scan` for levels and elimination.

Scans over the rows beat LAPACK's `gtsv` through `lax.linalg.tridiagonal_solve` (1.2x, whose calls
cost more than the rows); eliminating from both ends at once gains nothing here. Nothing reaches
the host. O(iterations x levels x Newton steps x nodes); XLA keeps about ten arrays of
levels x nodes. Forward-mode derivatives only: a while loop has no reverse.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ..jax_sweeps import backward_sweep, forward_sweep


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    last = scale * terminal

    def unfinished(state):
        _, _, iteration, _, converged = state
        return ~converged & (iteration < max_iterations)

    def iterate(state):
        w, m, iteration, changes, _ = state
        sources = scale * dt * (potential + gamma * m[1:] ** 2)
        new_w = backward_sweep(last, sources, spread, newton_tolerance, newton_iterations, scale)
        new_m = forward_sweep(new_w, initial, spread)
        w, change_u = damp(w, new_w, theta)
        m, change_m = damp(m, new_m, theta)
        changes = changes.at[iteration].set(jnp.stack((change_u, change_m)))
        converged = (change_u < tolerance) & (change_m < tolerance)
        return w, m, iteration + 1, changes, converged

    start = jnp.tile(last, (levels + 1, 1)), jnp.tile(initial, (levels + 1, 1))
    nothing = 0, jnp.zeros((max_iterations, 2), initial.dtype), jnp.array(False)
    w, m, iteration, changes, converged = lax.while_loop(unfinished, iterate, (*start, *nothing))
    return w / scale, m, iteration, changes, converged


def damp(old, new, theta):
    """Return the damped iterate and its relative change."""
    damped = theta * new + (1.0 - theta) * old
    return damped, jnp.linalg.norm(damped - old) / jnp.linalg.norm(damped)
