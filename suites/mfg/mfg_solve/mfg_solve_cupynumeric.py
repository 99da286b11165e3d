"""Picard iteration over loops on Python floats (`host_loop`), as in pure Python.

An operation costs the runtime 0.3 ms or more whatever its size, and a Newton step needs twenty:
the host loop beats dense solves in the runtime (variant `dense`) by a factor of hundreds. Three
rows move to the host and two tables back.
O(iterations x levels x Newton steps x nodes); allocates ten lists of levels x nodes.
"""

from __future__ import annotations

import cupynumeric as cn

from .mfg_solve_python import mfg_solve as solve

NOTE = (
    "host loop: the whole solve runs over Python floats,"
    " moved to the host and back in the timed region"
)


def mfg_solve(
    potential, terminal, initial, dx, dt, levels,
    sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
):  # fmt: skip
    return tuple(cn.array(x) for x in solve(
        potential.tolist(), terminal.tolist(), initial.tolist(), dx, dt, levels,
        sigma, c, gamma, theta, tolerance, max_iterations, newton_tolerance, newton_iterations,
    ))  # fmt: skip
