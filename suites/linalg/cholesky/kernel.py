"""Cholesky factorisation A = L L^T of a symmetric positive definite matrix."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from .. import exact, measures
from ..matrices import SIZES, SYMMETRIC, check_kind, check_order, symmetric


def make_inputs(rng, dtype, *, n, matrix="random", cond=1e12):
    """Draw a symmetric matrix of order n, of a kind of `matrices.SYMMETRIC`.

    Raises
    ------
    ConfigurationError
        For a Hilbert matrix that rounding to `dtype` makes indefinite.
    """
    if matrix == "hilbert" and dtype == np.float32 and n > 5:
        raise ConfigurationError(
            f"The Hilbert matrix of order {n}, rounded to float32, is not positive definite. "
            "Use float64, or an order of at most 5."
        )
    return {"a": symmetric(rng, dtype, matrix, n, cond)}


def validate(*, n, matrix="random", cond=1e12):
    """Refuse what is no matrix."""
    check_order(n)
    check_kind(matrix, cond, SYMMETRIC)


def truth(inputs):
    """Return the factor at 50 digits."""
    return {"l": exact.cholesky(inputs["a"])}


def bound(inputs, reference, eps):
    """Return n eps cond(A) max|L|."""
    a = inputs["a"]
    return len(a) * eps * measures.condition(a) * np.abs(reference).max()


def residual(inputs, outputs, eps):
    """Return |A - L L^T| / (n eps |A|)."""
    lower = measures.wide(outputs["l"])
    return measures.residual(inputs["a"], lower @ lower.T, eps)


KERNEL = Kernel(
    title="Cholesky factorisation",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12},
        "default": {"n": 500},
        "full": {"n": SIZES},
        "hilbert": {"n": 8, "matrix": "hilbert"},
        "conditioned": {"n": 100, "matrix": "conditioned"},
        "tiny": {"n": 100, "matrix": "tiny"},
    },
    outputs=("l",),
    budget=ErrorBudget(
        bound=bound,
        reason="n eps cond(A) max|L|: the factor with a positive diagonal is unique, and as "
        "sensitive as A is ill-conditioned",
    ),
    invariants=(
        Invariant(
            name="residual",
            measure=residual,
            limit=1.0,
            reason="|A - LL^T| / (n eps |A|) is of order 1, and below for large n",
        ),
        Invariant(
            name="triangle",
            measure=lambda inputs, outputs, eps: measures.outside_lower(outputs["l"]),
            limit=0.0,
            reason="L is lower triangular, exactly",
        ),
    ),
    flops=lambda n, **_: n**3 / 3.0,
    nbytes=lambda n, **_: 16.0 * n * n,
    truth=truth,
    truth_presets=("smoke", "hilbert"),
    unsupported={
        "torch.compile": "the factorisation is one LAPACK call, which torch.compile leaves as it is"
    },
    slow=lambda backend, params: (
        "a factorisation of this order takes seconds in pure Python"
        if backend == "python" and params["n"] > 200
        else None
    ),
    validate=validate,
)
