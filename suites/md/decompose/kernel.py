"""Parts of a vector along and across a reference: par = (v . e) e, perp = v - par, e = ref/|ref|.

A reference of length zero has no direction: both parts of that frame are NaN, on every backend.
"""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from .. import exact
from ..trajectories import validate


def make_inputs(rng, dtype, *, frames, zeros):
    """Return vector and reference (frames, 3); the first `zeros` references are zero."""
    reference = rng.standard_normal((frames, 3)) * 3.3
    reference[:zeros] = 0.0
    vector = rng.standard_normal((frames, 3)) * 217.3
    return {"vector": vector.astype(dtype), "reference": reference.astype(dtype)}


def check(*, frames, zeros):
    """Refuse sizes that make no sense."""
    validate(frames=frames, atoms=4, offset=0.0, bulk=0.0)
    if not isinstance(zeros, int) or isinstance(zeros, bool) or not 0 <= zeros <= frames:
        raise ConfigurationError(f"zeros must be an integer from 0 to frames, not {zeros!r}.")


def truth(inputs):
    """Return both parts in exact fractions; NaN where the reference is zero."""
    parallel, perpendicular = [], []
    rows = zip(exact.rational(inputs["vector"]), exact.rational(inputs["reference"]), strict=True)
    for v, ref in rows:
        along = exact.dot(v, ref) / exact.dot(ref, ref) if any(ref) else np.nan
        parallel.append([along * x for x in ref])
        perpendicular.append([a - b for a, b in zip(v, parallel[-1], strict=True)])
    both = {"parallel": parallel, "perpendicular": perpendicular}
    return {name: exact.to_float(rows) for name, rows in both.items()}


def _frames(inputs, outputs):
    """Return v, ref, par, perp of the frames whose reference has a direction, and |v|."""
    some = inputs["reference"].any(axis=1)
    arrays = (
        inputs["vector"],
        inputs["reference"],
        outputs["parallel"],
        outputs["perpendicular"],
    )
    v, ref, par, perp = (array[some].astype(float) for array in arrays)
    return v, ref, par, perp, np.linalg.norm(v, axis=1)


def completeness(inputs, outputs, eps):
    """Return |par + perp - v| over eps |v|."""
    v, _, par, perp, size = _frames(inputs, outputs)
    return np.max(np.linalg.norm(par + perp - v, axis=1) / size, initial=0.0) / eps


def direction(inputs, outputs, eps):
    """Return |par x e| + |perp . e| over eps |v|."""
    _, ref, par, perp, size = _frames(inputs, outputs)
    e = ref / np.linalg.norm(ref, axis=1, keepdims=True)
    error = np.linalg.norm(np.cross(par, e), axis=1) + np.abs(np.vecdot(perp, e))
    return np.max(error / size, initial=0.0) / eps


BUDGET = ErrorBudget(
    rtol=2e-15, relative_to="max", reason="a dozen operations on numbers of the size of |v|"
)

KERNEL = Kernel(
    title="Parallel and perpendicular parts",
    make_inputs=make_inputs,
    presets={
        "smoke": {"frames": 16, "zeros": 0},
        "default": {"frames": 1_000, "zeros": 0},
        "full": {"frames": 10_000, "zeros": 0},
        "large": {"frames": 1_000_000, "zeros": 0},
        "zero": {"frames": 16, "zeros": 2},
    },
    outputs=("parallel", "perpendicular"),
    budget={"parallel": BUDGET, "perpendicular": BUDGET},
    invariants=(
        Invariant(name="par + perp = v", measure=completeness, limit=4.0, reason="one subtraction"),
        Invariant(
            name="par along e, perp across", measure=direction, limit=16.0, reason="a few eps"
        ),
    ),
    flops=lambda frames, **_: 20 * frames,
    nbytes=lambda frames, **_: 8 * 12 * frames,
    truth=truth,
    truth_presets=("smoke", "zero"),
    validate=check,
)
