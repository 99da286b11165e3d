"""Natural logarithm, entry by entry, with the IEEE results at the edges on every backend."""

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..elementwise import PRESETS, bytes_moved, inputs_of, validate_for

SPECIAL = (0.0, -1.0, np.inf, -np.inf, np.nan, 1.0, 3e-38, 1.7e38, 1.0000037, 0.9999963)


def truth(inputs):
    """Return the result at 50 digits."""
    import mpmath

    return {"y": exact.entrywise(mpmath.log, inputs["x"])}


KERNEL = Kernel(
    title="Natural logarithm, entry by entry",
    make_inputs=inputs_of(lambda rng, shape: rng.lognormal(0.0, 5.0, shape), SPECIAL),
    presets=PRESETS,
    outputs=("y",),
    budget=ErrorBudget(ulp=4, reason="libraries round within 1 ULP; float32 vector code within 3"),
    flops=lambda n, **_: n * n,
    nbytes=bytes_moved(2),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate_for(SPECIAL),
)
