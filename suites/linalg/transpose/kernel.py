"""Transpose, as a contiguous copy: a view would cost nothing and leave the work to the next.

Reads along rows and writes along columns, or the other way round: a matter of caches.
"""

import numpy as np

from bench_harness import ErrorBudget, Kernel

from ..matrices import SIZES, check_order


def make_inputs(rng, dtype, *, n, columns=None):
    """Draw an n x columns matrix (square by default)."""
    return {"x": rng.standard_normal((n, columns or n)).astype(dtype)}


def validate(*, n, columns=None):
    """Refuse sizes that are none."""
    check_order(n)
    if columns is not None:
        check_order(columns, "columns")


def truth(inputs):
    """Return the transpose of the nested lists."""
    return {"y": np.array(list(zip(*inputs["x"].tolist(), strict=True)))}


KERNEL = Kernel(
    title="Transpose, copied",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12, "columns": 17},
        "default": {"n": 1000},
        "full": {"n": SIZES},
        "wide": {"n": 30, "columns": 30_011},
    },
    outputs=("y",),
    budget=ErrorBudget(ulp=0.5, reason="a copy: the same bits"),
    nbytes=lambda n, columns=None: 16.0 * n * (columns or n),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
)
