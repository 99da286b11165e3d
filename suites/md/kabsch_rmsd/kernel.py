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


def truth(inputs):
    """Return rmsd^2 = tr A + tr B - 2 (s1 + s2 +- s3) at 50 digits, from exact moments.

    What the formula cancels, half of the digits where the deviation is zero, can be spared here.
    """
    from mpmath import mp, mpf

    masses = exact.rational(inputs["masses"])
    frames = list(exact.centered(inputs["positions"], masses))

    def wide(matrix):
        return mp.matrix([[mpf(x.numerator) / x.denominator for x in row] for row in matrix])

    def trace(frame):
        own = wide(exact.moments(masses, frame, frame))
        return own[0, 0] + own[1, 1] + own[2, 2]

    with mp.workdps(50):
        target, squares = trace(frames[0]), []
        for frame in frames:
            covariance = wide(exact.moments(masses, frame, frames[0]))
            s = sorted(mp.svd_r(covariance, compute_uv=False), reverse=True)
            best = s[0] + s[1] + (s[2] if mp.det(covariance) > 0 else -s[2])
            squares.append(trace(frame) + target - 2 * best)
        return {"rmsd": np.array([float(mp.sqrt(max(square, 0))) for square in squares])}


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
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(2_000_000),
    validate=validate_with_rod,
)
