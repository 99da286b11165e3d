"""Principal axes of every frame: eigenvalues and eigenvectors of the inertia tensor."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from ..trajectories import ROD_PRESETS, make_rigid_body, validate_with_rod


def make_inputs(rng, dtype, **params):
    """Return inertia (frames, 3, 3) in amu A^2."""
    return {"inertia": make_rigid_body(rng, dtype, **params)[0]}


def truth(inputs):
    """Return the moments at 50 digits; axes have no sign, and invariants judge them."""
    from mpmath import mp

    with mp.workdps(50):
        solved = [mp.eigsy(mp.matrix(one.tolist()), eigvals_only=True) for one in inputs["inertia"]]
        return {"moments": np.array([sorted(map(float, values)) for values in solved])}


def eigen_equation(inputs, outputs, eps):
    """Return max |I e - moment e| over eps |I|."""
    inertia = inputs["inertia"].astype(float)
    moments, axes = outputs["moments"].astype(float), outputs["axes"].astype(float)
    error = inertia @ axes - axes * moments[:, None, :]
    return np.max(np.abs(error).max(axis=(1, 2)) / np.linalg.norm(inertia, axis=(1, 2))) / eps


def orthogonality(inputs, outputs, eps):
    """Return max |E^T E - 1| over eps."""
    axes = outputs["axes"].astype(float)
    return np.abs(axes.transpose(0, 2, 1) @ axes - np.eye(3)).max() / eps


def handedness(inputs, outputs, eps):
    """Return max |det E - 1| over eps: 2 / eps for a left-handed set."""
    return np.abs(np.linalg.det(outputs["axes"].astype(float)) - 1).max() / eps


KERNEL = Kernel(
    title="Principal axes",
    make_inputs=make_inputs,
    presets=ROD_PRESETS,
    outputs=("moments", "axes"),
    budget={
        "moments": ErrorBudget(
            rtol=1e-12,
            relative_to="max",
            reason="symmetric eigenvalues are good to a few eps of the largest",
        ),
        "axes": None,  # no sign, and no direction where moments are equal: invariants judge them
    },
    invariants=(
        Invariant(
            name="I e = moment e",
            measure=eigen_equation,
            limit=50.0,
            reason="backward stable: a few eps of |I|, however close the moments",
        ),
        Invariant(
            name="orthogonality", measure=orthogonality, limit=50.0, reason="a few eps for 3x3"
        ),
        Invariant(
            name="det = +1", measure=handedness, limit=50.0, reason="a right-handed set of axes"
        ),
    ),
    flops=lambda frames, **_: 500 * frames,
    nbytes=lambda frames, **_: 8 * 21 * frames,
    truth=truth,
    truth_presets=("smoke", "rod"),
    validate=validate_with_rod,
)
