"""Derivative on a grid by the rule of numpy.gradient: central inside, one-sided at the ends."""

import itertools
from fractions import Fraction

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Kernel

SPACINGS = ("uniform", "nonuniform")


def make_inputs(rng, dtype, *, n, spacing, offset=0.0):
    """Sample a smooth function on an even or a random grid of [0, 1].

    Parameters
    ----------
    n : int
        Points.
    spacing : {"uniform", "nonuniform"}
        The input ``spacing`` is one number, or the n coordinates.
    offset : float
        Added to the function: its derivative does not change, its rounding does.
    """
    steps = np.full(n - 1, 1.0) if spacing == "uniform" else rng.uniform(0.3, 1.7, n - 1)
    x = np.append(0.0, np.cumsum(steps / steps.sum()))
    phase = rng.uniform(0, 6)
    values = np.sin(7.3 * x + phase) + 0.31 * np.cos(23.1 * x) + offset
    step = float(x[1]) if spacing == "uniform" else x.astype(dtype)
    return {"values": values.astype(dtype), "spacing": step}


def validate(*, n, spacing, offset=0.0):
    """Refuse parameters that define no derivative."""
    if n < 2:
        raise ConfigurationError(f"n={n}: a difference needs at least two points.")
    if spacing not in SPACINGS:
        raise ConfigurationError(
            f"spacing={spacing!r} is unknown. Choose from: {', '.join(SPACINGS)}."
        )


def truth(inputs):
    """Return the rule of numpy.gradient in exact fractions."""
    f = [Fraction(float(value)) for value in inputs["values"]]
    spacing = inputs["spacing"]
    if np.ndim(spacing) == 0:
        x = [i * Fraction(float(spacing)) for i in range(len(f))]
    else:
        x = [Fraction(float(value)) for value in spacing]
    steps = [b - a for a, b in itertools.pairwise(x)]
    slopes = [(b - a) / h for (a, b), h in zip(itertools.pairwise(f), steps, strict=True)]
    pairs = zip(itertools.pairwise(steps), itertools.pairwise(slopes), strict=True)
    inner = [(k * left + h * right) / (h + k) for (h, k), (left, right) in pairs]
    return {"gradient": np.array([slopes[0], *inner, slopes[-1]], dtype=object).astype(float)}


def _steps(inputs):
    spacing, n = inputs["spacing"], len(inputs["values"])
    return np.full(n - 1, spacing) if np.ndim(spacing) == 0 else np.diff(spacing.astype(float))


def _rounding(inputs, reference, eps):
    """4 eps of the largest value over the shortest step: every product may round."""
    return 4 * eps * np.abs(inputs["values"]).max() / _steps(inputs).min()


KERNEL = Kernel(
    title="Gradient on a grid, numpy.gradient's rule",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 50, "spacing": ["uniform", "nonuniform"]},
        "default": {"n": 1_000_000, "spacing": "uniform"},
        "large": {"n": 20_000_000, "spacing": "uniform"},
        "nonuniform": {"n": 1_000_000, "spacing": "nonuniform"},
        "offset": {"n": 10_000, "spacing": "nonuniform", "offset": 1234.5},
        "tiny": {"n": [2, 3], "spacing": ["uniform", "nonuniform"]},
    },
    outputs=("gradient",),
    budget=ErrorBudget(
        bound=_rounding,
        reason="4 eps max|f| / min step: a difference of rounded products; no more for any n",
    ),
    flops=lambda n, spacing, **_: n * (2 if spacing == "uniform" else 9),
    nbytes=lambda n, spacing, **_: 8 * n * (2 if spacing == "uniform" else 3),
    truth=truth,
    truth_presets=("smoke", "tiny"),
    validate=validate,
)
