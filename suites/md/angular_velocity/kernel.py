"""Angular velocity of every frame: omega = I^-1 L, by least squares where I is singular."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import ROD_PRESETS, make_rigid_body, validate_with_rod


def make_inputs(rng, dtype, **params):
    """Return inertia (frames, 3, 3) in amu A^2 and angular_momentum (frames, 3) in amu A^2/ps."""
    inertia, momentum = make_rigid_body(rng, dtype, **params)
    return {"inertia": inertia, "angular_momentum": momentum}


def truth(inputs):
    """Return the solutions of regular systems in exact fractions, by Cramer's rule."""
    rows = zip(
        exact.rational(inputs["inertia"]),
        exact.rational(inputs["angular_momentum"]),
        strict=True,
    )
    return {"angular_velocity": exact.to_float([exact.solve(*row) for row in rows])}


def residual(inputs, outputs, eps):
    """Return |I omega - L| over eps |I| |omega|, the worst frame."""
    inertia = inputs["inertia"].astype(float)
    omega = outputs["angular_velocity"].astype(float)
    error = np.matvec(inertia, omega) - inputs["angular_momentum"]
    scale = np.linalg.norm(inertia, axis=(1, 2)) * np.linalg.norm(omega, axis=1)
    return np.max(np.linalg.norm(error, axis=1) / scale) / eps


KERNEL = Kernel(
    title="Angular velocity",
    make_inputs=make_inputs,
    presets=ROD_PRESETS,
    outputs=("angular_velocity",),
    budget=ErrorBudget(
        rtol=1e-12,
        relative_to="max",
        reason="3x3 systems with moments within a factor of 10: backward stable, a few eps",
    ),
    invariants=(
        Invariant(
            name="I omega = L",
            measure=residual,
            limit=50.0,
            reason="holds for a rod too, whose L has no part along it",
        ),
    ),
    flops=lambda frames, **_: 30 * frames,
    nbytes=lambda frames, **_: 8 * 15 * frames,
    truth=truth,
    truth_presets=("smoke",),
    validate=validate_with_rod,
)
