"""What the suite's kernels share: inputs, presets, budgets, remarks (NumPy only)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench_harness import ErrorBudget, Figure, Invariant

from . import track as tracks
from .car import EPS

OUTPUTS = ("speed", "ax", "ay", "lap_time", "energy", "envelope_iterations")

TIME_TOLERANCE = 1e-7  # s
SPEED_TOLERANCE = 1e-5  # m/s
ENERGY_TOLERANCE = 1e-8  # relative


def geometry_inputs(track: str, dtype: Any = np.float64) -> dict[str, np.ndarray]:
    """Return the arrays ds (n - 1), curvature, grade and banking (n) of a named track."""
    geometry = tracks.geometry(tracks.load(track))
    return {
        "ds": geometry.ds.astype(dtype),
        "curvature": geometry.curvature.astype(dtype),
        "grade": geometry.grade.astype(dtype),
        "banking": geometry.banking.astype(dtype),
    }


PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {"track": "oval"},
    "default": {"track": "spa"},
    "spa": {"track": "spa"},
    "circle": {"track": "circle"},
    "eight": {"track": "eight"},
    "hilly": {"track": "hilly"},
    "straight": {"track": "straight"},
}
"""A preset for each built-in track; written out, so that it can be listed without being run."""

_NOISE = (
    "the friction circle's sqrt(1 - u^2) turns rounding into its square root where u = 1: "
    "1e-15 in the curvature moves "
)


def _ax_bound(inputs: Mapping[str, Any], reference: np.ndarray, eps: float) -> np.ndarray:
    """Return the change of (v'^2 - v^2) / (2 ds) for speeds off by their tolerance."""
    ds = inputs["ds"]
    change = 2 * SPEED_TOLERANCE * inputs["max_speed"] / ds
    return np.append(change, change[-1])


def _ay_bound(inputs: Mapping[str, Any], reference: np.ndarray, eps: float) -> np.ndarray:
    """Return the change of v^2 kappa for speeds off by their tolerance."""
    curvature = np.abs(inputs["curvature"])
    return 2 * SPEED_TOLERANCE * np.sqrt(np.abs(reference) * curvature) + 8 * eps * np.abs(
        reference
    )


TIME_BUDGET = ErrorBudget(atol=TIME_TOLERANCE, reason=_NOISE + "a lap by 5e-9 s; 20 times that")
ENERGY_BUDGET = ErrorBudget(rtol=ENERGY_TOLERANCE, reason=_NOISE + "the energy by 3e-11 of itself")
COUNT_BUDGET = ErrorBudget(reason="a count: exactly the reference's")
BUDGET: dict[str, ErrorBudget | None] = {
    "speed": ErrorBudget(
        atol=SPEED_TOLERANCE, reason=_NOISE + "a speed by 1.2e-7 m/s; 80 times that"
    ),
    "ax": ErrorBudget(bound=_ax_bound, reason="what 1e-5 m/s at both ends of a step do to it"),
    "ay": ErrorBudget(bound=_ay_bound, reason="what 1e-5 m/s do to v^2 kappa"),
    "lap_time": TIME_BUDGET,
    "energy": ENERGY_BUDGET,
    "envelope_iterations": COUNT_BUDGET,
}


def _lap_time_gap(inputs: Mapping[str, Any], outputs: Mapping[str, Any], eps: float) -> float:
    speed = outputs["speed"]
    mean = np.maximum((speed[:-1] + speed[1:]) / 2, EPS)
    exact = float(np.sum(inputs["ds"] / mean))
    return abs(float(outputs["lap_time"]) - exact) / (len(mean) * eps * exact)


def _ax_gap(inputs: Mapping[str, Any], outputs: Mapping[str, Any], eps: float) -> float:
    w, ds = outputs["speed"] ** 2, inputs["ds"]
    gap = np.abs(outputs["ax"][:-1] - np.diff(w) / (2 * ds)) / (
        eps * np.maximum(w[1:], w[:-1]) / ds
    )
    return float(max(gap.max(), abs(outputs["ax"][-1] - outputs["ax"][-2]) / eps))


def _ay_gap(inputs: Mapping[str, Any], outputs: Mapping[str, Any], eps: float) -> float:
    expected = outputs["speed"] ** 2 * inputs["curvature"]
    gap = np.abs(outputs["ay"] - expected)
    return float(np.max(gap / np.maximum(eps * np.abs(expected), np.finfo(float).tiny)))


def _range_excess(inputs: Mapping[str, Any], outputs: Mapping[str, Any], eps: float) -> float:
    low = min(inputs["min_speed"], inputs["initial_speed"])
    speed = outputs["speed"]
    excess = max(low - float(speed.min()), float(speed.max()) - inputs["max_speed"])
    return max(excess, 0.0) / (eps * inputs["max_speed"])


INVARIANTS = (
    Invariant(
        name="lap time of the speeds",
        measure=_lap_time_gap,
        limit=4.0,
        reason="a sum of n terms, rounded in any order, in units of n eps",
    ),
    Invariant(
        name="ax of the speeds",
        measure=_ax_gap,
        limit=8.0,
        reason="a difference of squares, in units of eps v^2 / ds",
    ),
    Invariant(
        name="ay of the speeds", measure=_ay_gap, limit=8.0, reason="three roundings, in eps"
    ),
    Invariant(
        name="speeds in range", measure=_range_excess, limit=4.0, reason="clipped; the root rounds"
    ),
)

FIGURES = (
    Figure(label="Lap Time [s]", value=lambda outputs: float(outputs["lap_time"]), decimals=6),
)


def slow(backend: str, params: Mapping[str, Any]) -> str | None:
    """Say which cases take seconds a call."""
    if backend == "cupynumeric.jacobi" and params["track"] != "oval":
        return (
            "A lap takes seconds: some 300 sweeps of 20 array operations, each of which costs "
            "Legate a quarter of a millisecond."
        )
    return None


ITERATION_ERROR = 1e-3
"""Largest error of a lap time, s, that the envelope's tolerance may leave without a remark."""


def remarks(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    reference: Callable[..., Mapping[str, Any]],
) -> list[str]:
    """Say how far the lap time is from that of a converged envelope, if that is much."""
    converged = reference(envelope_tolerance=1e-10, envelope_iterations=10_000)
    error = np.atleast_1d(outputs["lap_time"] - converged["lap_time"])
    worst = int(np.argmax(np.abs(error)))
    if abs(error[worst]) <= ITERATION_ERROR:
        return []
    count = int(np.atleast_1d(outputs["envelope_iterations"])[worst])
    exact = float(np.atleast_1d(converged["lap_time"])[worst])
    which = f" of vehicle {worst}, the worst," if error.size > 1 else ""
    side = "short of" if error[worst] < 0 else "above"
    return [
        f"The lap time{which} is {abs(error[worst]) * 1e3:.1f} ms {side} that of a converged "
        f"envelope, {exact:.6f} s: envelope_tolerance = {inputs['envelope_tolerance']:g} m/s "
        f"stopped it after {count} iterations."
    ]
