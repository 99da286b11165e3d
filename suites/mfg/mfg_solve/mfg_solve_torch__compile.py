"""Picard iteration on tensors; one compiled graph solves every system by cyclic reduction.

What is compiled: a Newton step or a density step, 45 us a call (`torch_sweeps`). The host reads
one flag after each Newton step. At 51 nodes that is slower than eager's loops on Python floats,
at 201 twice as fast, and it stays on the device. Unrolling several Newton steps into a graph gains
15% and costs 10 s of compiling each. O(iterations x levels x Newton steps x nodes log nodes);
allocates ten tensors of levels x nodes.
"""

from __future__ import annotations

import torch

from ..torch_sweeps import backward_sweep, forward_sweep
from ..torch_tables import damp


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    scale, spread = c * dt / dx**2, 0.5 * sigma**2 * dt / dx**2
    potential, last = scale * dt * potential, scale * terminal
    newton = (spread, newton_tolerance, scale)
    w, m = last.repeat(levels + 1, 1), initial.repeat(levels + 1, 1)
    iteration, changes, done = 0, initial.new_zeros(max_iterations, 2), False
    while iteration < max_iterations and not done:
        iteration += 1
        sources = torch.addcmul(potential, m[1:], m[1:], value=scale * dt * gamma)
        new_w = backward_sweep(last, sources, newton, newton_iterations)
        new_m = forward_sweep(new_w, initial, newton)
        w, change_u = damp(w, new_w, theta)
        m, change_m = damp(m, new_m, theta)
        changes[iteration - 1] = torch.stack((change_u, change_m))
        converged = (change_u < tolerance) & (change_m < tolerance)
        done = converged.item()
    return w / scale, m, torch.tensor(iteration, device=m.device), changes, converged
