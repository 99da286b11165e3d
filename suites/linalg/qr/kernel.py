"""QR factorisation A = Q R, reduced: Q as tall as A, with orthonormal columns, R square.

Factors are judged by what they must satisfy: the signs of the columns of Q are free.
There is no truth to judge NumPy by: what factors must satisfy is said of the inputs alone, and
NumPy's are judged by it as all others are.
"""

from bench_harness import ConfigurationError, Invariant, Kernel

from .. import measures
from ..matrices import SIZES, check_kind, check_order, general


def make_inputs(rng, dtype, *, n, rows=None, matrix="random", cond=1e12):
    """Draw a rows x n matrix (square by default) of a kind of `matrices.GENERAL`."""
    return {"a": general(rng, dtype, matrix, rows or n, n, cond)}


def validate(*, n, rows=None, matrix="random", cond=1e12):
    """Refuse what is no matrix, or a wide one."""
    check_order(n)
    check_kind(matrix, cond)
    if rows is not None:
        check_order(rows, "rows")
        if rows < n:
            raise ConfigurationError(
                f"rows is {rows} and n is {n}; the reduced factorisation here is of matrices "
                "with at least as many rows as columns."
            )


def residual(inputs, outputs, eps):
    """Return |A - Q R| / (m eps |A|)."""
    product = measures.wide(outputs["q"]) @ outputs["r"]
    return measures.residual(inputs["a"], product, eps)


def flops(n, rows=None, **_):
    """Count the reduction to R alone, as is usual; forming Q takes as many again."""
    m = rows or n
    return 2.0 * m * n**2 - 2.0 * n**3 / 3.0


KERNEL = Kernel(
    title="QR factorisation, reduced",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 12},
        "default": {"n": 500},
        "full": {"n": SIZES},
        "tall": {"n": 50, "rows": 3000},
        "hilbert": {"n": [8, 12], "matrix": "hilbert"},
        "conditioned": {"n": 100, "matrix": "conditioned"},
        "singular": {"n": 100, "matrix": "singular"},
        "tiny": {"n": 100, "matrix": "tiny"},
    },
    outputs=("q", "r"),
    budget={"q": None, "r": None},
    invariants=(
        Invariant(
            name="residual",
            measure=residual,
            limit=4.0,
            reason="|A - QR| / (m eps |A|) is of order 1, and below for large m",
        ),
        Invariant(
            name="orthogonality",
            measure=lambda inputs, outputs, eps: measures.orthogonality(outputs["q"], eps),
            limit=4.0,
            reason="|Q^T Q - I| / (m eps) is of order 1 whatever the condition of A; classical "
            "Gram-Schmidt loses all of it",
        ),
        Invariant(
            name="triangle",
            measure=lambda inputs, outputs, eps: measures.outside_upper(outputs["r"]),
            limit=0.0,
            reason="R is upper triangular, exactly",
        ),
    ),
    flops=flops,
    nbytes=lambda n, rows=None, **_: 8.0 * (2 * (rows or n) * n + n * n),
    unsupported={
        "torch.compile": "the factorisation is two LAPACK calls, which torch.compile leaves as "
        "they are"
    },
    slow=lambda backend, params: (
        "a factorisation of this order takes seconds in pure Python"
        if backend == "python" and params["n"] > 150
        else None
    ),
    validate=validate,
)
