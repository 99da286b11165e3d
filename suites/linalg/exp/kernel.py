"""Exponential, entry by entry, with the IEEE results at the edges on every backend."""

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..elementwise import PRESETS, bytes_moved, inputs_of, validate_for

SPECIAL = (710.0, -746.0, 709.7, 0.0, -0.0, np.inf, -np.inf, np.nan, 88.8, 3e-9)


def truth(inputs):
    """Return the result at 50 digits."""
    import mpmath

    return {"y": exact.entrywise(mpmath.exp, inputs["x"])}


KERNEL = Kernel(
    title="Exponential, entry by entry",
    make_inputs=inputs_of(lambda rng, shape: 10.0 * rng.standard_normal(shape), SPECIAL),
    presets=PRESETS,
    outputs=("y",),
    budget=ErrorBudget(
        ulp=4, reason="libraries round within 1 to 2 ULP; float32 vector code within 3"
    ),
    flops=lambda n, **_: n * n,
    nbytes=bytes_moved(2),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate_for(SPECIAL),
)
