"""A correct kernel, for faults that only a real run can show."""

import numpy as np

from bench_harness import ErrorBudget, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates and a weight."""
    return {"x": rng.standard_normal(n).astype(dtype), "weight": 0.37}


KERNEL = Kernel(
    title="Neighbours' mean, and its sum",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 100_003}, "default": {"n": 100_003}},
    outputs=("smooth", "total"),
    budget={
        "smooth": ErrorBudget(ulp=4, reason="three operations"),
        "total": ErrorBudget(
            bound=lambda inputs, reference, eps: 100 * eps * np.abs(inputs["x"]).sum(),
            reason="a sum",
        ),
    },
    dtypes=("float64",),
    flops=lambda n: 3 * n,
    nbytes=lambda n: 16 * n,
)
