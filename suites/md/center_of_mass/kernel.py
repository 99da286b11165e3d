"""Centre of mass of every frame: R = sum m r / sum m."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import PRESETS, make_trajectory, slow_python, validate


def make_inputs(rng, dtype, **params):
    """Return positions (frames, atoms, 3) in angstrom and masses (atoms,) in amu."""
    return make_trajectory(rng, dtype, names=("positions", "masses"), **params)


def truth(inputs):
    """Return the centres from exact rational sums."""
    masses = exact.rational(inputs["masses"])
    frames = exact.rational(inputs["positions"])
    return {"center": exact.to_float([exact.center(rows, masses) for rows in frames])}


def first_moment(inputs, outputs, eps):
    """Return |sum m (r - R)| / sum m |r|, in units of eps: zero about the centre of mass."""
    masses, positions = inputs["masses"].astype(float), inputs["positions"][:64]
    about = positions.astype(float) - outputs["center"][:64, None].astype(float)
    scale = masses.sum() * np.abs(positions).max()
    return np.abs(masses @ about).max() / (scale * eps)


KERNEL = Kernel(
    title="Centre of mass",
    make_inputs=make_inputs,
    presets=PRESETS,
    outputs=("center",),
    budget=ErrorBudget(
        rtol=1e-13,
        relative_to="max",
        reason="a weighted mean: 2e-15 observed at any offset, sequential sums a few times more",
    ),
    invariants=(
        Invariant(
            name="first moment about the centre",
            measure=first_moment,
            limit=100.0,
            reason="zero by definition; the mean of 1,000 rounded terms is good to about 10 eps",
        ),
    ),
    flops=lambda frames, atoms, **_: 6 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (3 * frames * atoms + atoms + 3 * frames),
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(20_000_000),
    validate=validate,
)
