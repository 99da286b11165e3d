"""Inertia tensor of every frame: I = sum m (|d|^2 1 - d d^T) with d = r - R."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import PRESETS, make_trajectory, slow_python, validate


def make_inputs(rng, dtype, **params):
    """Return positions (frames, atoms, 3) in angstrom and masses (atoms,) in amu."""
    return make_trajectory(rng, dtype, names=("positions", "masses"), **params)


def truth(inputs):
    """Return the tensors from exact rational sums."""
    masses = exact.rational(inputs["masses"])
    tensors = []
    for rows in exact.centered(inputs["positions"], masses):
        moments = [
            [sum(m * d[i] * d[j] for m, d in zip(masses, rows, strict=True)) for j in range(3)]
            for i in range(3)
        ]
        trace = sum(moments[i][i] for i in range(3))
        tensors.append([[(i == j) * trace - moments[i][j] for j in range(3)] for i in range(3)])
    return {"inertia": exact.to_float(tensors)}


def asymmetry(inputs, outputs, eps):
    """Return max |I - I^T|."""
    inertia = outputs["inertia"]
    return np.abs(inertia - inertia.transpose(0, 2, 1)).max()


def trace(inputs, outputs, eps):
    """Return |tr I - 2 sum m |d|^2| / tr I of some frames, in units of eps."""
    masses = inputs["masses"].astype(float)
    positions = inputs["positions"][:64].astype(float)
    d = positions - (masses @ positions / masses.sum())[:, None]
    expected = 2 * np.einsum("n,fni,fni->f", masses, d, d)
    found = np.trace(outputs["inertia"][:64].astype(float), axis1=1, axis2=2)
    return np.max(np.abs(found - expected) / expected) / eps


def triangle(inputs, outputs, eps):
    """Return how far a moment exceeds the sum of the other two, or zero, in units of eps."""
    moments = np.linalg.eigvalsh(outputs["inertia"].astype(float))
    excess = np.maximum(moments[:, 2] - moments[:, 0] - moments[:, 1], -moments[:, 0])
    return max(0.0, np.max(excess / moments[:, 2]) / eps)


KERNEL = Kernel(
    title="Inertia tensor",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=("inertia",),
    budget=ErrorBudget(
        rtol=1e-13,
        relative_to="max",
        reason=(
            "centred sums: 2e-15 observed at any offset, 3e-14 about a point inside; raw moments "
            "lose 3e-9 far out"
        ),
    ),
    invariants=(
        Invariant(
            name="symmetry", measure=asymmetry, limit=0.0, reason="one number is stored twice"
        ),
        Invariant(
            name="trace = 2 sum m |d|^2",
            measure=trace,
            limit=200.0,
            reason="sums of 1,000 positive terms; sequential ones are good to about 30 eps",
        ),
        Invariant(
            name="moments >= 0 and no moment above the sum of the others",
            measure=triangle,
            limit=200.0,
            reason="holds for every distribution of masses, up to rounding",
        ),
    ),
    headline=("default",),
    flops=lambda frames, atoms, **_: 24 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (3 * frames * atoms + atoms + 9 * frames),
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(5_000_000),
    validate=validate,
)
