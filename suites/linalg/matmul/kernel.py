"""Matrix product C = A B: what a machine does best, and the ceiling of all the others."""

import math

import numpy as np

from bench_harness import ErrorBudget, Kernel

from .. import exact
from ..matrices import SIZES, check_kind, check_order, general


def make_inputs(rng, dtype, *, n, matrix="random", cond=1e12):
    """Draw two n x n matrices, the first of a kind of `matrices.GENERAL`."""
    return {
        "a": general(rng, dtype, matrix, n, n, cond),
        "b": general(rng, dtype, "random", n, n, cond),
    }


def validate(*, n, matrix="random", cond=1e12):
    """Refuse what is no matrix."""
    check_order(n)
    check_kind(matrix, cond)


def truth(inputs):
    """Return the product at 50 digits."""
    return {"c": exact.matmul(inputs["a"], inputs["b"])}


def bound(inputs, reference, eps):
    """Return min(n, 4 sqrt(n)) eps |A| |B|, entry by entry."""
    a, b = np.abs(inputs["a"]), np.abs(inputs["b"])
    n = a.shape[1]
    return min(n, 4.0 * math.sqrt(n)) * eps * (a.astype(np.float64) @ b)


KERNEL = Kernel(
    title="Matrix product",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12},
        "default": {"n": 500},
        "full": {"n": SIZES},
        "tiny": {"n": 100, "matrix": "tiny"},
        "hilbert": {"n": [8, 12], "matrix": "hilbert"},
    },
    outputs=("c",),
    budget=ErrorBudget(
        bound=bound,
        reason="4 sqrt(n) eps |A||B| entry by entry, never above n eps |A||B|: rounding adds "
        "up like a random walk; an entry that cancels has no relative accuracy of its own",
    ),
    flops=lambda n, **_: 2.0 * n**3,
    nbytes=lambda n, **_: 24.0 * n * n,
    truth=truth,
    truth_presets=("smoke", "hilbert"),
    headline=("default",),
    slow=lambda backend, params: (
        "a product of this order takes half a minute or more in pure Python"
        if backend == "python" and params["n"] > 200
        else None
    ),
    validate=validate,
)
