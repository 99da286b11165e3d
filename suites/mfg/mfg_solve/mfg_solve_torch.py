"""Picard iteration over loops on Python floats (`host_loop`), as in pure Python.

An operation on 51 numbers costs a tensor 1-3 us, and a Newton step needs a dozen and a solve:
the host loop beats dense matrices with `torch.linalg.solve` 5x and parallel cyclic reduction 20x
(both 7x at 201 nodes). Three rows move to the host and two tables back, on CUDA too; no gradients.
O(iterations x levels x Newton steps x nodes); allocates ten lists of levels x nodes.
"""

from __future__ import annotations

import torch

from .mfg_solve_python import mfg_solve as solve

NOTE = (
    "host loop: the whole solve runs over Python floats,"
    " moved to the host and back in the timed region"
)


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    *tables, iteration, changes, converged = solve(
        potential.tolist(), terminal.tolist(), initial.tolist(), dx, dt, levels,
        sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    )  # fmt: skip
    # Lists of floats alone would become float32 tensors.
    u, m, changes = (initial.new_tensor(table) for table in (*tables, changes))
    iteration, converged = (torch.tensor(x, device=u.device) for x in (iteration, converged))
    return u, m, iteration, changes, converged
