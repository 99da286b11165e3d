"""The game with particles as written down, in extended precision: what all is checked against."""

from __future__ import annotations

import numpy as np

from .. import textbook


def solve(inputs):
    """Return all outputs but the changes, by name."""
    i = {
        name: value if isinstance(value, int) else np.asarray(value, np.longdouble)[()]
        for name, value in inputs.items()
    }
    names = ("potential", "dx", "dt", "sigma", "c", "gamma", "newton_tolerance")
    given = [*(i[name] for name in names), i["newton_iterations"]]
    levels, theta = i["levels"], i["theta"]
    u = np.array([i["terminal"]] * (levels + 1))
    m = np.array([i["initial"]] * (levels + 1))
    iteration, converged = 0, False
    while iteration < i["max_iterations"] and not converged:
        iteration += 1
        new_u, new_m = u.copy(), m.copy()
        for k in range(levels - 1, -1, -1):
            new_u[k] = textbook.value_step(new_u[k + 1], m[k + 1], *given)
        p = i["start"]
        for k in range(levels):
            p = moved(p, new_u[k], i["noise"][k], i)
            new_m[k + 1] = density(p, m.shape[1], i["bandwidth"], i["dx"])
        u, before_u = theta * new_u + (1 - theta) * u, u
        m, before_m = theta * new_m + (1 - theta) * m, m
        converged = bool(max(change(u, before_u), change(m, before_m)) < i["tolerance"])
    found = {"u": u, "m": m, "iterations": iteration, "converged": converged, "positions": p}
    return {name: np.asarray(value) for name, value in found.items()}


def moved(p, u, noise, i):
    """Return positions after one step: the slope of u at each, the noise, ends that reflect."""
    slope = np.gradient(u, i["dx"])
    cell = np.minimum(np.floor(p / i["dx"]).astype(int), len(u) - 2)
    share = p / i["dx"] - cell
    here = slope[cell] + share * (slope[cell + 1] - slope[cell])
    p = (p - i["c"] * i["dt"] * here + i["sigma"] * np.sqrt(i["dt"]) * noise) % 2
    return np.minimum(p, 2 - p)


def density(p, nodes, bandwidth, dx):
    """Return the density on the nodes of particles and their mirror images, of mass 1."""
    images = np.concatenate((p, -p, 2 - p))
    x = np.linspace(0, np.longdouble(1), nodes)[:, None]
    sums = np.exp(-0.5 * ((x - images) / bandwidth) ** 2).sum(axis=1)
    return sums / (sums.sum() * dx)


def change(new, old):
    """Return the relative change in the Frobenius norm."""
    return np.sqrt(((new - old) ** 2).sum() / (new**2).sum())
