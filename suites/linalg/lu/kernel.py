"""LU factorisation with partial pivoting: A[p] = L U.

Factors are judged by what they must satisfy: near-equal pivots may be taken in another order.
There is no truth to judge NumPy by: what factors must satisfy is said of the inputs alone, and
NumPy's are judged by it as all others are.
"""

import numpy as np

from bench_harness import Invariant, Kernel

from .. import measures
from ..matrices import SIZES, check_kind, check_order, general


def make_inputs(rng, dtype, *, n, matrix="random", cond=1e12):
    """Draw an n x n matrix of a kind of `matrices.GENERAL`."""
    return {"a": general(rng, dtype, matrix, n, n, cond)}


def validate(*, n, matrix="random", cond=1e12):
    """Refuse what is no matrix."""
    check_order(n)
    check_kind(matrix, cond)


def residual(inputs, outputs, eps):
    """Return |A[p] - L U| / (n eps |A|)."""
    product = measures.wide(outputs["l"]) @ outputs["u"]
    return measures.residual(inputs["a"][outputs["p"]], product, eps)


def triangles(inputs, outputs, eps):
    """Return the largest entry where there must be none, or the diagonal's distance from 1."""
    lower, upper = outputs["l"], outputs["u"]
    diagonal = np.abs(np.diagonal(lower) - 1).max()
    return max(measures.outside_lower(lower), measures.outside_upper(upper), diagonal)


def multipliers(inputs, outputs, eps):
    """Return how far the largest |L_ij| is above 1."""
    return max(0.0, float(np.abs(outputs["l"]).max()) - 1.0) / eps


def permutation(inputs, outputs, eps):
    """Return how many rows `p` leaves out."""
    n = len(inputs["a"])
    return n - len(np.intersect1d(outputs["p"], np.arange(n)))


def first_of_ties(inputs, outputs, eps):
    """Return whether the first pivot is another than the first largest entry of its column.

    Only of the first column: in later ones rounding may break a tie, or make one.
    """
    return float(outputs["p"][0] != np.argmax(np.abs(inputs["a"][:, 0])))


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    if backend == "python" and params["n"] > 200:
        return "a factorisation of this order takes seconds in pure Python"
    if backend == "cupynumeric" and params["n"] > 100:
        return "cuPyNumeric has no LU, and ten tasks a column take seconds at this order"
    return None


KERNEL = Kernel(
    title="LU factorisation, partial pivoting",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12},
        "default": {"n": 500},
        "full": {"n": SIZES},
        "hilbert": {"n": [8, 12], "matrix": "hilbert"},
        "conditioned": {"n": 100, "matrix": "conditioned"},
        "growth": {"n": 50, "matrix": "growth"},
        "small_pivot": {"n": 100, "matrix": "small_pivot"},
        "tiny": {"n": 100, "matrix": "tiny"},
        "singular": {"n": 100, "matrix": "singular"},
        "ties": {"n": 50, "matrix": "ties"},
    },
    outputs=("p", "l", "u"),
    budget={"p": None, "l": None, "u": None},
    invariants=(
        Invariant(
            name="residual",
            measure=residual,
            limit=1.0,
            reason="|A[p] - LU| / (n eps |A|) is of order 1, and far below for large n",
        ),
        Invariant(
            name="triangles",
            measure=triangles,
            limit=0.0,
            reason="L is unit lower and U upper triangular, exactly",
        ),
        Invariant(
            name="multipliers",
            measure=multipliers,
            limit=4.0,
            reason="(max|L| - 1) / eps: the pivot is the largest entry of its column",
        ),
        Invariant(
            name="permutation", measure=permutation, limit=0.0, reason="p has every row once"
        ),
        Invariant(
            name="first of ties",
            measure=first_of_ties,
            limit=0.0,
            reason="the first of equally large entries is the pivot, as LAPACK's idamax has it",
        ),
    ),
    flops=lambda n, **_: 2.0 * n**3 / 3.0,
    nbytes=lambda n, **_: 24.0 * n * n,
    headline=("default",),
    unsupported={
        "torch.compile": "the factorisation is one LAPACK call, which torch.compile leaves as "
        "it is; nothing around it is worth fusing"
    },
    slow=slow,
    validate=validate,
)
