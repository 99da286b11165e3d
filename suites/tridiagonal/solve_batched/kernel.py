"""Many diagonally dominant tridiagonal systems at once; no pivoting needed."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Invariant, Kernel

from .. import systems


def make_inputs(rng, dtype, *, batch, n):
    """Build `batch` systems of n rows; bands and right-hand sides of shape (batch, n).

    Row i of a system reads ``lower[i] x[i-1] + diag[i] x[i] + upper[i] x[i+1] = rhs[i]``;
    ``lower[:, 0]`` and ``upper[:, -1]`` are ignored.
    """
    bands = systems.dominant(rng, (batch, n))
    lower, diag, upper = (band.astype(dtype) for band in bands)
    rhs = rng.standard_normal((batch, n)).astype(dtype)
    return {"lower": lower, "diag": diag, "upper": upper, "rhs": rhs}


def validate(*, batch, n):
    """Refuse an empty batch or system."""
    if batch < 1 or n < 1:
        raise ConfigurationError(f"batch={batch}, n={n}: both must be at least 1.")


def _residual(inputs, outputs, eps):
    turned = {name: value.T for name, value in inputs.items()}
    return systems.backward_error(turned, outputs["x"].T, eps)


def _forward_bound(inputs, reference, eps):
    return 64 * eps * np.abs(reference).max(axis=1, keepdims=True)


def truth(inputs):
    """Return the solutions at 50 digits."""
    names = ("lower", "diag", "upper", "rhs")
    rows = zip(*(inputs[name] for name in names), strict=True)
    return {"x": np.array([systems.exact_solution(*row) for row in rows])}


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    if backend == "python" and params["batch"] * params["n"] > 20_000_000:
        return "a row takes 0.3 us in pure Python"
    return None


KERNEL = Kernel(
    title="Batch of diagonally dominant tridiagonal systems",
    make_inputs=make_inputs,
    presets={
        "smoke": {"batch": 13, "n": 21},
        "default": {"batch": 1_000, "n": 100},
        "batched": {"batch": 10_000, "n": 100},
        "large": {"batch": 1_000, "n": 1_000},
        "single": {"batch": 1, "n": 10_000},
        "long": {"batch": 1, "n": 1_000_000},
        "tiny": {"batch": 9, "n": [1, 2, 3]},
    },
    outputs=("x",),
    budget=ErrorBudget(
        bound=_forward_bound,
        reason="64 eps of a system's largest |x|: the condition number is below 50",
    ),
    invariants=(
        Invariant(
            name="residual",
            measure=_residual,
            limit=10.0,
            reason="in eps (|A||x| + |b|) of each system: dominance keeps it at a few",
        ),
    ),
    flops=lambda batch, n: 8 * batch * n,
    nbytes=lambda batch, n: 8 * 5 * batch * n,
    truth=truth,
    truth_presets=("smoke", "tiny"),
    headline=("default",),
    validate=validate,
    slow=slow,
)
