"""One backward and one forward sweep with NumPy and LAPACK's `gtsv`, in the units of `problem`.

A level has few unknowns, so what counts is the number of calls: every buffer and view is made
once, and a Newton step is ten ufuncs into them and three calls of LAPACK or BLAS (about 9 us).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg.blas import idamax
from scipy.linalg.lapack import dgtsv

Sweep = Callable[[np.ndarray, np.ndarray], np.ndarray]


def backward_sweep(nodes: int, spread: float, tolerance: float, most: int, unit: float) -> Sweep:
    """Return ``sweep(last, sources)``, which solves the value function level by level.

    Parameters
    ----------
    nodes : int
    spread : float
        Diffusion over one step and cell: sigma^2 Dt / (2 Dx^2).
    tolerance, most : float, int
        A level's Newton iteration stops at a change of `tolerance` relative to the value
        function, or to `unit` where that is larger; or after `most` steps.
    unit : float
        The value 1 in the units of `problem`.

    Returns
    -------
    callable
        From the values at the last level, (nodes,), and the sources of the levels before,
        (levels, nodes), to the values at all levels, (levels + 1, nodes).
    """
    # rises, then falls. Slots 0 and -1 stay 0: the ends have a neighbour on one side only.
    edges = np.zeros(2 * nodes)
    rise, fall, inner = edges[:nodes], edges[nodes:], edges[1:-1]
    up, down = inner[: nodes - 1], inner[nodes - 1 :]
    off, squares = np.empty_like(inner), np.empty_like(edges)
    lower, upper = off[: nodes - 1], off[nodes - 1 :]
    squared_rise, squared_fall = squares[:nodes], squares[nodes:]
    centre = np.full(nodes, 1 + 2 * spread)
    centre[[0, -1]] = 1 + spread
    diagonal, change = np.empty(nodes), np.empty(nodes)
    value, new = ((w, w[1:], w[:-1]) for w in np.empty((2, nodes)))

    def sweep(last: np.ndarray, sources: np.ndarray) -> np.ndarray:
        nonlocal value, new
        values = np.empty((len(sources) + 1, nodes))
        values[-1] = value[0][:] = last
        for level in range(len(sources) - 1, -1, -1):
            given = sources[level] + value[0]
            for _ in range(most):
                w, right, left = value
                solution = new[0]
                np.subtract(right, left, out=down)
                np.maximum(down, 0.0, out=up)
                np.subtract(up, down, out=down)
                np.subtract(-spread, inner, out=off)
                np.add(rise, fall, out=diagonal)
                np.add(diagonal, centre, out=diagonal)
                np.multiply(edges, edges, out=squares)
                np.add(squared_rise, squared_fall, out=solution)
                np.multiply(solution, 0.5, out=solution)
                np.add(solution, given, out=solution)
                dgtsv(lower, diagonal, upper, solution, 1, 1, 1, 1)
                np.subtract(solution, w, out=change)
                value, new = new, value
                largest = abs(solution[idamax(solution)])
                if abs(change[idamax(change)]) <= tolerance * max(unit, largest):
                    break
            values[level] = value[0]
        return values

    return sweep


def forward_sweep(values: np.ndarray, initial: np.ndarray, spread: float) -> np.ndarray:
    """Return the density at all levels, carried by the value function `values`.

    The matrices of all levels are known beforehand and built at once.
    """
    slopes = np.diff(values[:-1], axis=1)
    rise = np.maximum(slopes, 0.0)
    lower, upper = slopes - rise - spread, -rise - spread
    diagonal = np.ones_like(values[:-1])
    diagonal[:, :-1] -= lower
    diagonal[:, 1:] -= upper
    density = np.empty_like(values)
    density[0] = m = initial
    for level, bands in enumerate(zip(lower, diagonal, upper, strict=True), 1):
        m = density[level] = dgtsv(*bands, m, 1, 1, 1)[3]
    return density
