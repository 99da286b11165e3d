"""One program, as `mfg_solve`; on the CPU the density loops over nodes, each a fused reduction.

XLA's CPU compiler materialises parts of the one-shot broadcast (2x slower); on a GPU the broadcast
fuses and the loop would be one launch a node. O(iterations x levels x particles x nodes);
allocates a few rows of particles and ten arrays of levels x nodes.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from ..jax_sweeps import backward_sweep
from ..mfg_solve.mfg_solve_jax import damp


def mfg_particles(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    start, noise, bandwidth,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    last = scale * terminal
    kicks = sigma * jnp.sqrt(dt) * noise

    def unfinished(state):
        _, _, iteration, _, converged, _ = state
        return ~converged & (iteration < max_iterations)

    def step(p, row):
        drift, kick = row
        p = move(p, drift, kick)
        return p, estimate(p, len(initial), bandwidth, dx)

    def iterate(state):
        w, m, iteration, changes, _, _ = state
        sources = scale * dt * (potential + gamma * m[1:] ** 2)
        new_w = backward_sweep(last, sources, spread, newton_tolerance, newton_iterations, scale)
        drift = jnp.gradient(new_w[:-1], axis=1) * (-c * dt / (scale * dx))
        p, densities = lax.scan(step, start, (drift, kicks))
        w, change_u = damp(w, new_w, theta)
        m, change_m = damp(m, jnp.concatenate((initial[None], densities)), theta)
        changes = changes.at[iteration].set(jnp.stack((change_u, change_m)))
        converged = (change_u < tolerance) & (change_m < tolerance)
        return w, m, iteration + 1, changes, converged, p

    tables = jnp.tile(last, (levels + 1, 1)), jnp.tile(initial, (levels + 1, 1))
    nothing = 0, jnp.zeros((max_iterations, 2), initial.dtype), jnp.array(False)
    w, m, iteration, changes, converged, p = lax.while_loop(
        unfinished, iterate, (*tables, *nothing, start)
    )
    return w / scale, m, iteration, changes, converged, p


def move(p, drift, kick):
    """Return the positions one step later: drift interpolated, noise, ends that reflect."""
    cells = len(drift) - 1
    place = p * cells
    cell = jnp.minimum(place.astype(int), cells - 1)
    y = p + drift[cell] + (place - cell) * jnp.diff(drift)[cell] + kick
    y = jnp.mod(y, 2.0)
    return jnp.minimum(y, 2.0 - y)


def estimate(p, nodes, bandwidth, dx):
    """Return the density on the nodes of particles and their mirror images, of mass 1."""
    unit = jnp.sqrt(0.5) / bandwidth
    images = unit * jnp.concatenate((p, -p, 2.0 - p))
    grid = unit * jnp.linspace(0.0, 1.0, nodes)

    def by_node(grid):
        return lax.map(lambda x: jnp.exp(-jnp.square(x - images)).sum(), grid)

    def at_once(grid):
        return jnp.exp(-jnp.square(grid[:, None] - images)).sum(axis=1)

    sums = lax.platform_dependent(grid, cpu=by_node, default=at_once)
    return sums / (sums.sum() * dx)
