"""Angular momentum about the centre of mass: L = sum m (r - R) x (v - V)."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import PRESETS, make_trajectory, slow_python, validate


def make_inputs(rng, dtype, **params):
    """Return positions, velocities (frames, atoms, 3) in angstrom, angstrom/ps; masses (amu)."""
    return make_trajectory(rng, dtype, names=("positions", "velocities", "masses"), **params)


def truth(inputs):
    """Return the vectors from exact rational sums."""
    masses = exact.rational(inputs["masses"])
    places = exact.centered(inputs["positions"], masses)
    speeds = exact.centered(inputs["velocities"], masses)
    return {
        "angular_momentum": exact.to_float(
            [
                [
                    sum(m * part for m, part in zip(masses, component, strict=True))
                    for component in zip(*map(exact.cross, d, w), strict=True)
                ]
                for d, w in zip(places, speeds, strict=True)
            ]
        )
    }


def first_frame(inputs, outputs, eps):
    """Return the error of frame 0 against extended precision, over eps sum m |d| |w|."""
    masses = inputs["masses"].astype(np.longdouble)
    d = exact.wide_centered(inputs["positions"][0], inputs["masses"])
    w = exact.wide_centered(inputs["velocities"][0], inputs["masses"])
    scale = masses @ (
        np.linalg.norm(d.astype(float), axis=1) * np.linalg.norm(w.astype(float), axis=1)
    )
    error = np.abs(outputs["angular_momentum"][0] - masses @ np.cross(d, w)).max()
    return error / (scale * eps)


KERNEL = Kernel(
    title="Angular momentum about the centre of mass",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=("angular_momentum",),
    budget=ErrorBudget(
        rtol=1e-12,
        relative_to="max",
        reason="both factors centred, so that rounding of R and V enters only in second order",
    ),
    invariants=(
        Invariant(
            name="frame 0 in extended precision",
            measure=first_frame,
            limit=50.0,
            reason="the rounding of 1,000 centred terms, at any offset and bulk velocity",
        ),
    ),
    flops=lambda frames, atoms, **_: 33 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (6 * frames * atoms + atoms + 3 * frames),
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(4_000_000),
    validate=validate,
)
