"""Square root, entry by entry, with the IEEE results at the edges on every backend."""

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..elementwise import PRESETS, bytes_moved, inputs_of, validate_for

SPECIAL = (-1.0, 0.0, -0.0, np.inf, -np.inf, np.nan, 3e-38, 1.7e38, -3e-38, 2.0)


def truth(inputs):
    """Return the result at 50 digits."""
    import mpmath

    return {"y": exact.entrywise(mpmath.sqrt, inputs["x"])}


KERNEL = Kernel(
    title="Square root, entry by entry",
    make_inputs=inputs_of(lambda rng, shape: rng.lognormal(0.0, 5.0, shape), SPECIAL),
    presets=PRESETS,
    outputs=("y",),
    budget=ErrorBudget(
        ulp=1,
        reason="IEEE 754 rounds it correctly; vector libraries (torch's, a GPU's) are within 1 ULP",
    ),
    flops=lambda n, **_: n * n,
    nbytes=bytes_moved(2),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate_for(SPECIAL),
)
