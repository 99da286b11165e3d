"""The mean-field game that both kernels solve: parameters, inputs, residuals (NumPy only).

A crowd of density m moves on [0, 1] from `initial` on; each of its members steers to small cost,
and u(t, x) is what the rest of the way costs from x at time t. u solves a Hamilton-Jacobi-Bellman
equation backwards in time, m a Fokker-Planck equation forwards, each with the other's solution in
it; a damped Picard iteration makes them agree. `textbook` has the discrete equations.

Units of the fast implementations
---------------------------------
With w = s u and s = c Dt / Dx^2 the slopes need no factors. Write rise[i] = max(w[i] - w[i-1], 0),
fall[i] = max(w[i] - w[i+1], 0), 0 where there is no neighbour, and spread = sigma^2 Dt / (2 Dx^2).
A Newton step from w solves, with left = spread + rise and right = spread + fall,

    (1 + left[i] + right[i]) x[i] - left[i] x[i-1] - right[i] x[i+1]
        = w_later[i] + s Dt (V[i] + gamma m[i]^2) + (rise[i]^2 + fall[i]^2) / 2

for the new w itself: the Hamiltonian is piecewise quadratic, so the residual at w drops out. The
density step has the transposed matrix and m[k] on the right.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Figure, Invariant

OUTPUTS = ("u", "m", "iterations", "changes", "converged")
"""`changes` has the relative changes of u and of m in each iteration, and 0 after the last."""

DEFAULTS: dict[str, float] = {
    "sigma": 1.0,
    "c": 0.5,
    "gamma": 3.0,
    "theta": 0.5,
    "tolerance": 1e-10,
    "max_iterations": 200,
    "newton_tolerance": 1e-12,
    "newton_iterations": 50,
}
COUNTS = {"nx": 2, "nt": 1, "max_iterations": 1, "newton_iterations": 1}
POSITIVE = ("t_end", "sigma", "c", "theta", "tolerance", "newton_tolerance")


def settle(**given: Any) -> dict[str, Any]:
    """Return all parameters, those of `DEFAULTS` where not given, checked.

    Raises
    ------
    ConfigurationError
        With the parameter, its value and what is accepted.
    """
    values = {**DEFAULTS, **given}
    for name, value in values.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if name in COUNTS:
            if not number or int(value) != value or value < COUNTS[name]:
                raise ConfigurationError(
                    f"{name} is {value!r}; accepted: an integer >= {COUNTS[name]}."
                )
            values[name] = int(value)
            continue
        if not number or not math.isfinite(value) or (name in POSITIVE and value <= 0):
            kind = "a finite number > 0" if name in POSITIVE else "a finite number"
            raise ConfigurationError(f"{name} is {value!r}; accepted: {kind}.")
        values[name] = float(value)
    if values["theta"] > 1:
        raise ConfigurationError(
            f"theta is {values['theta']!r}; accepted: a damping factor in (0, 1]."
        )
    return values


def arrays(nx: int, dtype: np.dtype) -> dict[str, np.ndarray]:
    """Return potential V, terminal cost u_T and initial density m_0 on nx + 1 nodes of [0, 1]."""
    x = np.arange(nx + 1) / nx
    wave = 2 * np.pi * x
    potential = 50 * (0.1 * np.cos(wave) + 0.25 * np.sin(wave) + 0.1 * np.sin(2 * wave))
    terminal = 5 * (np.cos(wave) + 0.4 * np.sin(2 * wave))
    initial = 2 * np.exp(-200 * (x - 0.2) ** 2) + np.exp(-200 * (x - 0.8) ** 2)
    initial /= initial.sum() / nx
    named = {"potential": potential, "terminal": terminal, "initial": initial}
    return {name: array.astype(dtype) for name, array in named.items()}


def inputs(dtype: np.dtype, values: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs of a solve from parameters as `settle` returns them."""
    return {
        **arrays(values["nx"], dtype),
        "dx": 1 / values["nx"],
        "dt": values["t_end"] / values["nt"],
        "levels": values["nt"],
        **{name: values[name] for name in DEFAULTS},
    }


# -- what every solution has -----------------------------------------------------------------


def slopes(u: np.ndarray, dx: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return n, q and the Laplacian of each row of `u`; outside differences are 0."""
    edge = np.zeros_like(u[..., :1])
    steps = np.concatenate((edge, np.diff(u) / dx, edge), axis=-1)
    right, left = steps[..., 1:], steps[..., :-1]
    return np.maximum(-right, 0), np.maximum(left, 0), (right - left) / dx


def value_residual(inputs: Any, u: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return the residual of the Hamilton-Jacobi-Bellman equation, (levels, nodes)."""
    n, q, laplacian = slopes(u[:-1], inputs["dx"])
    return (
        (u[:-1] - u[1:]) / inputs["dt"]
        - inputs["sigma"] ** 2 / 2 * laplacian
        + inputs["c"] / 2 * (n**2 + q**2)
        - inputs["potential"]
        - inputs["gamma"] * m[1:] ** 2
    )


def density_residual(inputs: Any, u: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Return (m[k+1] - m[k]) / Dt plus what leaves each node minus what arrives."""
    dx, carried = inputs["dx"], m[1:]
    n, q, _ = slopes(u[:-1], dx)
    spread = inputs["sigma"] ** 2 / (2 * dx**2)
    to_right = ((spread + inputs["c"] * n / dx) * carried)[:, :-1]
    to_left = ((spread + inputs["c"] * q / dx) * carried)[:, 1:]
    rest = np.diff(m, axis=0) / inputs["dt"]
    rest[:, :-1] += to_right - to_left
    rest[:, 1:] += to_left - to_right
    return rest


def _relative(inputs: Any, outputs: Any, eps: float, rest: np.ndarray, of: np.ndarray) -> float:
    """Return a residual over one step in units of what the last Picard iteration left."""
    if not outputs["converged"]:
        return 0.0  # no solution is claimed; `remarks` says so
    spread = inputs["dt"] / inputs["dx"] ** 2 * (inputs["sigma"] ** 2 + inputs["c"])
    left_over = inputs["tolerance"] / inputs["theta"] + 64 * eps * (1 + spread)
    return float(np.abs(rest).max() * inputs["dt"] / np.abs(of).max() / left_over)


def _value_rest(inputs: Any, outputs: Any, eps: float) -> float:
    u, m = outputs["u"], outputs["m"]
    return _relative(inputs, outputs, eps, value_residual(inputs, u, m), u)


def _density_rest(inputs: Any, outputs: Any, eps: float) -> float:
    u, m = outputs["u"], outputs["m"]
    return _relative(inputs, outputs, eps, density_residual(inputs, u, m), m)


def _mass(inputs: Any, outputs: Any, eps: float) -> float:
    m = outputs["m"]
    return float(np.abs(m.sum(axis=1) * inputs["dx"] - 1).max() / (m.shape[1] * eps))


def _negative(inputs: Any, outputs: Any, eps: float) -> float:
    return -min(0.0, float(outputs["m"].min()))


VALUE_EQUATION = Invariant(
    name="value equation",
    measure=_value_rest,
    limit=10.0,
    reason="residual / (max|u| / Dt) <= 10 tolerance / theta: what the last iteration changed",
)
DENSITY_EQUATION = Invariant(
    name="density equation",
    measure=_density_rest,
    limit=100.0,
    reason="residual / (max m / Dt) <= 100 tolerance / theta: u enters it with its slopes",
)
MASS = Invariant(
    name="mass",
    measure=_mass,
    limit=4.0,
    reason="|sum m Dx - 1| <= 4 nodes eps: each step keeps the mass up to rounding",
)
POSITIVE_DENSITY = Invariant(
    name="negative density",
    measure=_negative,
    limit=0.0,
    reason="the inverse of the matrix of a density step has no negative entry",
)


# -- what is shown ---------------------------------------------------------------------------

BUDGET = {
    name: ErrorBudget(atol=1e-9, reason="10 tolerances; rounding alone reaches 1e-13")
    for name in ("u", "m")
} | {
    "changes": ErrorBudget(atol=1e-12, reason="relative changes: rounding reaches 1e-14"),
    "iterations": ErrorBudget(reason="a count: equal"),
    "converged": ErrorBudget(reason="a verdict: equal"),
}

FIGURES = (
    Figure(label="Iterations", value=lambda outputs: int(outputs["iterations"])),
    Figure(label="Converged", value=lambda outputs: "yes" if outputs["converged"] else "no"),
    Figure(label="Max Density", value=lambda outputs: float(outputs["m"].max()), decimals=9),
)


def remarks(inputs: Any, outputs: Any, reference: Any) -> list[str]:
    """Return a warning where the iteration has not converged."""
    if outputs["converged"]:
        return []
    iterations = int(outputs["iterations"])
    change_u, change_m = outputs["changes"][iterations - 1]
    return [
        f"not converged after {iterations} iterations: the last one still changed u by "
        f"{change_u:.2g} and m by {change_m:.2g} relative (limit {inputs['tolerance']:.0e}); "
        "u and m are no solution"
    ]
