"""A x = b with a general tridiagonal A, by elimination with partial pivoting."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from .. import systems


def make_inputs(rng, dtype, *, n, kind, columns=0, cond=1e10):
    """Build a system.

    Parameters
    ----------
    n : int
        Rows.
    kind : str
        One of KINDS; see `systems`.
    columns : int
        Right-hand sides; 0 gives one as a vector of shape (n,), k a matrix of shape (n, k).
    cond : float
        Condition number of the kind ``nearly_singular``; no more than 0.01 / eps of `dtype`.
    """
    if kind == "dominant":
        bands = systems.dominant(rng, (n,))
    elif kind == "nearly_singular":
        # Beyond, rounding the matrix to `dtype` decides whether it is singular, and the answer NaN.
        bands = systems.nearly_singular(rng, n, min(cond, 0.01 / np.finfo(dtype).eps))
    else:
        bands = getattr(systems, kind)(rng, n)
    lower, diag, upper = (band.astype(dtype) for band in bands)
    rhs = rng.standard_normal((n, columns) if columns else n).astype(dtype)
    return {"lower": lower, "diag": diag, "upper": upper, "rhs": rhs}


KINDS = ("dominant", "mixed", "needs_pivoting", "nearly_singular", "singular")


def validate(*, n, kind, columns=0, cond=1e10):
    """Refuse parameters that define no system."""
    if n < 1:
        raise ConfigurationError(f"n={n}: a system has at least one row.")
    if kind not in KINDS:
        raise ConfigurationError(f"kind={kind!r} is unknown. Choose from: {', '.join(KINDS)}.")
    if columns < 0:
        raise ConfigurationError(f"columns={columns}: 0 for a vector, or a number of columns.")
    if not cond > 1:
        raise ConfigurationError(f"cond={cond}: a condition number is above 1.")


def _forward_bound(inputs, reference, eps):
    largest = np.abs(np.nan_to_num(reference)).max(axis=0)
    return 50 * eps * min(systems.condition(inputs), 1 / eps) * largest


def truth(inputs):
    """Return the solution at 50 digits."""
    return {"x": systems.exact_solution(*(inputs[k] for k in ("lower", "diag", "upper", "rhs")))}


KERNEL = Kernel(
    title="Tridiagonal system, partial pivoting",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 32, "kind": "mixed"},
        "default": {"n": 1_000, "kind": "dominant"},
        "large": {"n": 1_000_000, "kind": "dominant"},
        "needs_pivoting": {"n": 1_000, "kind": "needs_pivoting"},
        "nearly_singular": {"n": 64, "kind": "nearly_singular", "cond": 1e10},
        "several": {"n": 1_000, "kind": "mixed", "columns": 8},
        "tiny": {"n": [1, 2], "kind": "dominant"},
        "singular": {"n": 50, "kind": "singular"},
    },
    outputs=("x",),
    budget=ErrorBudget(
        bound=_forward_bound,
        reason="50 eps cond(A) max|x|: what a backward-stable solution can differ by",
    ),
    invariants=(
        Invariant(
            name="residual",
            measure=lambda inputs, outputs, eps: systems.backward_error(inputs, outputs["x"], eps),
            limit=10.0,
            reason="in eps (|A||x| + |b|): partial pivoting keeps it at a few",
        ),
    ),
    flops=lambda n, columns=0, **_: n * (3 + 5 * max(columns, 1)),
    nbytes=lambda n, columns=0, **_: 8 * n * (3 + 2 * max(columns, 1)),
    truth=truth,
    truth_presets=("smoke", "default", "needs_pivoting", "nearly_singular", "tiny", "several"),
    validate=validate,
)
