"""Mass-weighted RMSD to frame 0 after the best superposition (Kabsch 1976).

rmsd^2 = min over rotations of sum m |R a - b|^2 / M, with a and b the centred frame and frame 0.
The deviation is summed explicitly after the rotation. The shorter formula from the singular
values subtracts numbers of the size of Rg^2 and leaves sqrt(eps) Rg, 1e-7 angstrom, where the
answer is zero.
"""

import numpy as np

from bench_harness import ErrorBudget, Gradient, Invariant, Kernel

from .. import exact
from ..trajectories import ROD_PRESETS, make_trajectory, slow_python, validate_with_rod


def make_inputs(rng, dtype, **params):
    """Return positions (frames, atoms, 3) in angstrom and masses (atoms,) in amu."""
    return make_trajectory(rng, dtype, names=("positions", "masses"), **params)


def rounding(inputs, reference, eps):
    """Return the rounding of centred and rotated coordinates, 32 eps times the radius.

    The error of the centres, 8 eps |r| far from the origin, is a displacement of the whole
    molecule: it adds in quadrature, and only shows where the deviation is zero.
    """
    frame = exact.wide_centered(inputs["positions"][0], inputs["masses"]).astype(float)
    displacement = 8 * eps * np.abs(inputs["positions"]).max()
    reference = np.asarray(reference, float)
    return 32 * eps * np.abs(frame).max() + np.hypot(reference, displacement) - reference


def first_frame(inputs, outputs, eps):
    """Return the RMSD of frame 0 to itself, over its rounding."""
    return abs(outputs["rmsd"][0]) / rounding(inputs, 0.0, eps)


def optimality(inputs, outputs, eps):
    """Return the largest rmsd / (deviation without rotation) of some frames; at most 1."""
    masses = inputs["masses"].astype(float)
    positions = inputs["positions"][:64].astype(float)
    d = positions - (masses @ positions / masses.sum())[:, None]
    plain = np.sqrt(np.einsum("n,fni->f", masses, (d - d[0]) ** 2) / masses.sum())
    return np.max(outputs["rmsd"][1:64] / plain[1:], initial=0.0)


KERNEL = Kernel(
    title="RMSD after superposition",
    make_inputs=make_inputs,
    presets=ROD_PRESETS,
    outputs=("rmsd",),
    budget=ErrorBudget(
        rtol=1e-12,
        relative_to="max",
        bound=rounding,
        reason="explicit deviations: rounding of coordinates, not of Rg^2",
    ),
    invariants=(
        Invariant(
            name="frame 0 to itself", measure=first_frame, limit=1.0, reason="zero up to rounding"
        ),
        Invariant(
            name="below the deviation without rotation",
            measure=optimality,
            limit=1.000001,
            reason="the best rotation is no worse than none",
        ),
    ),
    gradient_of=Gradient(output="rmsd", wrt=("positions",)),
    flops=lambda frames, atoms, **_: 60 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (3 * frames * atoms + atoms + frames),
    slow=slow_python(2_000_000),
    validate=validate_with_rod,
)
