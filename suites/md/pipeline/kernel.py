"""The whole analysis of a rigid body: from a trajectory to the parts of its vectors.

Centre of mass, inertia tensor, principal moments; angular momentum, torque (kJ/mol), angular
velocity and d(angular momentum)/dt; of each vector the parts along and across the axis of the
smallest moment, the component along z, and all magnitudes.
"""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from ..rigid import OUTPUTS, QUANTITIES
from ..trajectories import PRESETS, make_trajectory, slow_python, validate


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


def center_error(inputs, reference, eps):
    """Return what the rounding of R may do to a torque: 8 eps max|r| |sum F|, the worst frame."""
    total = np.abs(inputs["forces"].sum(axis=1, dtype=float)).sum(axis=1).max()
    return 8 * eps * np.abs(inputs["positions"]).max() * total


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


def _budget(rtol, reason, bound=None):
    return ErrorBudget(rtol=rtol, relative_to="max", bound=bound, reason=reason)


_DERIVED = "a few eps of the vector, times the gap of the moments for parts along an axis"
_TORQUE = "rounding of the sum, and of R, which multiplies the net force"

BUDGETS = {
    name: _budget(1e-11, _TORQUE, center_error)
    if name.startswith("torque")
    else _budget(1e-11, _DERIVED)
    for name in OUTPUTS
} | {
    "center": _budget(1e-13, "a weighted mean"),
    "inertia": _budget(1e-13, "centred sums"),
    "moments": _budget(1e-12, "symmetric eigenvalues are good to a few eps of the largest"),
    "angular_momentum": _budget(1e-12, "both factors centred"),
}

KERNEL = Kernel(
    title="Rigid-body pipeline",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=OUTPUTS,
    budget=BUDGETS,
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
    slow=slow_python(2_000_000),
    validate=check,
)
