"""Torque about the centre of mass: tau = sum (r - R) x F, in kJ/mol."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import PRESETS, make_trajectory, slow_python, validate


def make_inputs(rng, dtype, **params):
    """Return positions, forces (frames, atoms, 3) in angstrom, kJ/(mol angstrom); masses (amu)."""
    return make_trajectory(rng, dtype, names=("positions", "forces", "masses"), **params)


def truth(inputs):
    """Return the vectors from exact rational sums."""
    masses = exact.rational(inputs["masses"])
    places = exact.centered(inputs["positions"], masses)
    forces = exact.rational(inputs["forces"])
    return {
        "torque": exact.to_float(
            [
                [sum(component) for component in zip(*map(exact.cross, d, rows), strict=True)]
                for d, rows in zip(places, forces, strict=True)
            ]
        )
    }


def center_error(inputs, reference, eps):
    """Return what the rounding of R is allowed to do: 8 eps max|r| |sum F| for each frame.

    Unlike momenta, forces do not sum to zero, and the error of R enters in first order.
    """
    farthest = np.abs(inputs["positions"]).max()
    total = np.abs(inputs["forces"].sum(axis=1, dtype=float)).sum(axis=1, keepdims=True)
    return 8 * eps * farthest * total


def first_frame(inputs, outputs, eps):
    """Return the error of frame 0 against extended precision, over its rounding."""
    d = exact.wide_centered(inputs["positions"][0], inputs["masses"])
    forces = inputs["forces"][0].astype(np.longdouble)
    scale = np.sum(
        np.linalg.norm(d.astype(float), axis=1) * np.linalg.norm(inputs["forces"][0], axis=1)
    )
    scale += np.abs(inputs["positions"][0]).max() * np.abs(forces.sum(axis=0)).sum()
    error = np.abs(outputs["torque"][0] - np.cross(d, forces).sum(axis=0)).max()
    return error / (scale * eps)


KERNEL = Kernel(
    title="Torque about the centre of mass",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=("torque",),
    budget=ErrorBudget(
        rtol=1e-12,
        relative_to="max",
        bound=center_error,
        reason="rounding of the sum, and of R, which multiplies the net force",
    ),
    invariants=(
        Invariant(
            name="frame 0 in extended precision",
            measure=first_frame,
            limit=50.0,
            reason="the rounding of 1,000 terms and of the centre of mass",
        ),
    ),
    flops=lambda frames, atoms, **_: 24 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (6 * frames * atoms + atoms + 3 * frames),
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(4_000_000),
    validate=validate,
)
