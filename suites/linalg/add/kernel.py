"""Sum of two matrices, entry by entry: correctly rounded, and bound by memory."""

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..elementwise import PRESETS, bytes_moved, inputs_of, validate_for

SPECIAL = (np.inf, -np.inf, np.nan, 1.7e308, 0.0, -0.0, 3e-308)


def truth(inputs):
    """Return the sum at 50 digits."""
    return {"c": exact.entrywise(lambda a, b: a + b, inputs["a"], inputs["b"])}


KERNEL = Kernel(
    title="Sum of two matrices, entry by entry",
    make_inputs=inputs_of(lambda rng, shape: rng.standard_normal(shape), SPECIAL, ("a", "b")),
    presets=PRESETS,
    outputs=("c",),
    budget=ErrorBudget(
        ulp=0.5, reason="IEEE 754: rounded correctly, so that every backend has the same bits"
    ),
    flops=lambda n, **_: n * n,
    nbytes=bytes_moved(3),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate_for(SPECIAL),
)
