"""Solution of a linear system A x = b by elimination with partial pivoting."""

import numpy as np

from bench_harness import ErrorBudget, Invariant, Kernel

from .. import exact, measures
from ..matrices import SIZES, check_kind, check_order, general


def make_inputs(rng, dtype, *, n, matrix="random", cond=1e12):
    """Draw an n x n matrix of a kind of `matrices.GENERAL`, and a right-hand side."""
    return {
        "a": general(rng, dtype, matrix, n, n, cond),
        "b": rng.standard_normal(n).astype(dtype),
    }


def validate(*, n, matrix="random", cond=1e12):
    """Refuse what is no matrix."""
    check_order(n)
    check_kind(matrix, cond)


def truth(inputs):
    """Return the solution at 50 digits."""
    return {"x": exact.solve(inputs["a"], inputs["b"])}


def bound(inputs, reference, eps):
    """Return 10 eps cond(A) max|x|, times the growth of partial pivoting."""
    a = inputs["a"]
    return 10.0 * eps * measures.condition(a) * measures.growth(a) * np.abs(reference).max()


KERNEL = Kernel(
    title="Linear system, LU with partial pivoting",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12},
        "default": {"n": 500},
        "full": {"n": SIZES},
        "hilbert": {"n": [8, 12], "matrix": "hilbert"},
        "conditioned": {"n": 100, "matrix": "conditioned"},
        "growth": {"n": 30, "matrix": "growth"},
        "small_pivot": {"n": 100, "matrix": "small_pivot"},
        "tiny": {"n": 100, "matrix": "tiny"},
    },
    outputs=("x",),
    budget=ErrorBudget(
        bound=bound,
        reason="10 eps cond(A) max|x| and the growth of partial pivoting: what rounding A alone "
        "may do to the solution, and what elimination adds",
    ),
    invariants=(
        Invariant(
            name="backward error",
            measure=lambda inputs, outputs, eps: measures.backward_error(
                inputs["a"], outputs["x"], inputs["b"], eps
            ),
            limit=10.0,
            reason="|b - Ax| / (|A||x| + |b|) over eps and the growth of partial pivoting: of "
            "order 1, whatever the condition of A",
        ),
    ),
    flops=lambda n, **_: 2.0 * n**3 / 3.0 + 2.0 * n**2,
    nbytes=lambda n, **_: 8.0 * n * n,
    truth=truth,
    truth_presets=("smoke",),
    unsupported={
        "torch.compile": "the solution is one LAPACK call, which torch.compile leaves as it is"
    },
    slow=lambda backend, params: (
        "elimination of this order takes seconds in pure Python"
        if backend == "python" and params["n"] > 200
        else None
    ),
    validate=validate,
)
