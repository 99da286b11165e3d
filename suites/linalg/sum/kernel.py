"""Sum over all entries of a matrix, or along an axis."""

import math

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..axes import normalised
from ..matrices import SIZES, check_order


def make_inputs(rng, dtype, *, n, axis, columns=None):
    """Draw an n x columns matrix (square by default) of either sign, not centred.

    Parameters
    ----------
    n, columns : int
    axis : {None, 0, 1, -1, -2}
        Along which to sum; None for the total.
    """
    return {"x": rng.normal(0.3, 1.0, (n, columns or n)).astype(dtype), "axis": axis}


def validate(*, n, axis, columns=None):
    """Refuse an axis that a matrix does not have."""
    check_order(n)
    if columns is not None:
        check_order(columns, "columns")
    normalised(axis)


def truth(inputs):
    """Return the sums at 50 digits."""
    return {"total": exact.total(inputs["x"], normalised(inputs["axis"]))}


def bound(inputs, reference, eps):
    """Return 2 sqrt(k) eps sum|x| for sums of k terms."""
    x, axis = inputs["x"], inputs["axis"]
    terms = x.size if axis is None else x.shape[axis]
    return 2.0 * math.sqrt(terms) * eps * np.abs(x).sum(axis=axis, dtype=np.float64)


AXES = [None, 0, 1, -1]

KERNEL = Kernel(
    title="Sum, in all or along an axis",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12, "columns": 17, "axis": -1},
        "default": {"n": 1000, "axis": None},
        "axes": {"n": 1000, "axis": AXES},
        "full": {"n": SIZES, "axis": AXES},
        "wide": {"n": 30, "columns": 30_011, "axis": AXES},
    },
    outputs=("total",),
    budget=ErrorBudget(
        bound=bound,
        reason="2 sqrt(k) eps sum|x| for k terms: rounding adds up like a random walk, in the "
        "plainest loop too",
    ),
    flops=lambda n, axis, columns=None: n * (columns or n),
    nbytes=lambda n, axis, columns=None: 8.0 * n * (columns or n),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
)
