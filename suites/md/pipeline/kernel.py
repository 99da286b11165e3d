"""The whole analysis of a rigid body: from a trajectory to the parts of its vectors.

Centre of mass, inertia tensor, principal moments; angular momentum, torque (kJ/mol), angular
velocity and d(angular momentum)/dt; of each vector the parts along and across the axis of the
smallest moment, the component along z, and all magnitudes.
"""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from ..rigid import OUTPUTS, PARTS, QUANTITIES
from ..trajectories import PRESETS, make_trajectory, slow_python, validate
from . import exact_body, rounding


def make_inputs(rng, dtype, **params):
    """Return positions, velocities, forces (frames, atoms, 3), masses (atoms,), times (frames,)."""
    names = ("positions", "velocities", "forces", "masses", "times")
    return make_trajectory(rng, dtype, names=names, **params)


def check(*, frames, **params):
    """Refuse trajectories too short for second-order differences."""
    validate(frames=frames, **params)
    if frames < 3:
        raise ConfigurationError(
            f"frames must be at least 3 for second-order differences in time, not {frames}."
        )


def motion_equation(inputs, outputs, eps):
    """Return |I omega - L| over eps |I| |omega|, the worst frame."""
    inertia = outputs["inertia"].astype(float)
    omega = outputs["angular_velocity"].astype(float)
    error = np.matvec(inertia, omega) - outputs["angular_momentum"]
    scale = np.linalg.norm(inertia, axis=(1, 2)) * np.linalg.norm(omega, axis=1)
    return np.max(np.linalg.norm(error, axis=1) / scale) / eps


def trace(inputs, outputs, eps):
    """Return |tr I - sum of moments| over eps tr I."""
    total = np.trace(outputs["inertia"].astype(float), axis1=1, axis2=2)
    return np.max(np.abs(total - outputs["moments"].sum(axis=1, dtype=float)) / total) / eps


def completeness(inputs, outputs, eps):
    """Return the worst |par + perp - v| / |v| of all vectors, over eps."""
    return max(_incomplete(outputs, name) for name in QUANTITIES) / eps


def _incomplete(outputs, name):
    v, par, perp = (
        outputs[name + part].astype(float) for part in ("", "_parallel", "_perpendicular")
    )
    size = np.linalg.norm(v, axis=1)
    return np.max(np.linalg.norm(par + perp - v, axis=1) / size.max())


def _budgets():
    """Return the budgets by output: what `rounding.errors` says of it."""
    errors = {"center": "center", "inertia": "inertia", "moments": "moments"}
    for quantity in QUANTITIES:
        for part in PARTS:
            along = part in ("_parallel", "_perpendicular", "_magnitudes")
            errors[quantity + part] = f"{quantity} along an axis" if along else quantity
    return {
        name: ErrorBudget(
            bound=rounding.bound(error),
            reason="(8 + 2 sqrt(n)) eps times the terms summed, their cancellation, the steps in "
            "time and the gap of the moments: see rounding.py",
        )
        for name, error in errors.items()
    }


KERNEL = Kernel(
    title="Rigid-body pipeline",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=OUTPUTS,
    budget=_budgets(),
    invariants=(
        Invariant(
            name="I omega = L",
            measure=motion_equation,
            limit=300.0,
            reason="the definition; sums of 1,000 terms enter",
        ),
        Invariant(
            name="trace = sum of moments", measure=trace, limit=50.0, reason="a few eps for 3x3"
        ),
        Invariant(name="par + perp = v", measure=completeness, limit=8.0, reason="one subtraction"),
    ),
    flops=lambda frames, atoms, **_: 80 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (9 * frames * atoms + atoms + 65 * frames),
    truth=exact_body.solve,
    truth_presets=("smoke",),
    slow=slow_python(2_000_000),
    validate=check,
)
