"""Gaussian kernel density estimate with an absolute bandwidth, summed exactly."""

import numpy as np

from bench_harness import ErrorBudget, Figure, Gradient, Invariant, Kernel

from ..particles import REACH, check_sizes, exact_density, mass_defect


def make_inputs(rng, dtype, *, n, m, h, mean, std):
    """Draw n normal particles and lay m grid points that hold all of their mass.

    The estimate is f(x) = 1/(n h sqrt(2 pi)) sum_i exp(-((x - x_i)/h)^2 / 2).

    Parameters
    ----------
    n, m : int
        Particles and grid points.
    h : float
        Bandwidth [units of x]: the standard deviation of each Gaussian itself.
    mean, std : float
        Of the distribution of the particles [units of x].
    """
    particles = rng.normal(mean, std, n).astype(dtype)
    margin = REACH * h
    grid = np.linspace(particles.min() - margin, particles.max() + margin, m, dtype=np.float64)
    return {"particles": particles, "grid": grid.astype(dtype), "bandwidth": float(h)}


def validate(*, n, m, h, mean, std):
    """Refuse parameters that define no density."""
    check_sizes(n, m, h)


def truth(inputs):
    """Return the density at 50 digits."""
    return {"density": exact_density(inputs["particles"], inputs["grid"], inputs["bandwidth"])}


def _mass(inputs, outputs, eps):
    terms = len(inputs["particles"])
    return mass_defect(inputs["grid"], outputs["density"], inputs["bandwidth"], terms, eps)


def _negative(inputs, outputs, eps):
    return -min(0.0, float(np.min(outputs["density"])))


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    pairs = params["n"] * params["m"]
    if backend == "python" and pairs > 100_000_000:
        return f"{pairs:.0e} exponentials take a minute in pure Python"
    return None


STANDARD = {"mean": 0.0, "std": 1.0, "h": 0.1}

KERNEL = Kernel(
    title="Gaussian KDE, absolute bandwidth",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 200, "m": 50, **STANDARD},
        "default": {"n": 5_000, "m": 500, **STANDARD},
        "full": {"n": 5_000, "m": 500, **STANDARD},
        "large": {"n": 100_000, "m": 10_000, **STANDARD},
        "narrow": {"n": 1_000, "m": 100, "mean": 0.5, "std": 0.2, "h": 0.1},
        "underflow": {"n": 5_000, "m": 500, "mean": 0.0, "std": 1.0, "h": 0.0037},
        "offset": {"n": 5_000, "m": 500, "mean": 1234.5, "std": 1.0, "h": 0.1},
        "single": {"n": 1, "m": 50, **STANDARD},
    },
    outputs=("density",),
    budget=ErrorBudget(
        rtol=1e-13,
        relative_to="max",
        reason="64 eps sqrt(n) at n = 5,000: n positive terms, each of a few ULP",
    ),
    invariants=(
        Invariant(
            name="mass",
            measure=_mass,
            limit=1.0,
            reason="the density integrates to 1 up to the aliasing of the grid and rounding",
        ),
        Invariant(
            name="negative part", measure=_negative, limit=0.0, reason="a sum of positive terms"
        ),
    ),
    gradient_of=Gradient(output="density", wrt=("bandwidth",)),
    figures=(Figure(label="Peak [1/x]", value=lambda outputs: float(outputs["density"].max())),),
    flops=lambda n, m, **_: 5 * n * m,
    truth=truth,
    truth_presets=("smoke", "narrow", "single"),
    headline=("default",),
    validate=validate,
    slow=slow,
)
