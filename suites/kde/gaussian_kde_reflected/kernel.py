"""Gaussian kernel density estimate on an interval, with the particles mirrored at its ends."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Figure, Gradient, Invariant, Kernel

from ..particles import check_sizes, exact_density, mass_defect


def make_inputs(rng, dtype, *, n, m, h, lower, upper):
    """Draw n particles that crowd at the ends of [lower, upper], and an even grid on it.

    With the images 2 lower - x_i and 2 upper - x_i beside each x_i the density leaks through
    neither end; f(x) = 1/(n h sqrt(2 pi)) sum over particles and images of
    exp(-((x - y)/h)^2 / 2).

    Parameters
    ----------
    n, m : int
        Particles and grid points.
    h : float
        Bandwidth [units of x]: the standard deviation of each Gaussian itself.
    lower, upper : float
        Ends of the interval [units of x].
    """
    width = upper - lower
    particles = lower + width * rng.beta(0.7, 0.9, n)
    particles = np.clip(particles.astype(dtype), dtype.type(lower), dtype.type(upper))
    grid = np.linspace(lower, upper, m).astype(dtype)
    return {
        "particles": particles,
        "grid": grid,
        "bandwidth": float(h),
        "lower": float(lower),
        "upper": float(upper),
    }


def validate(*, n, m, h, lower, upper):
    """Refuse parameters that define no density."""
    check_sizes(n, m, h)
    if not lower < upper:
        raise ConfigurationError(f"lower={lower}, upper={upper}: lower must be below upper.")
    if h > (upper - lower) / 9:
        raise ConfigurationError(
            f"h={h}: one image at each end is enough only for a bandwidth of at most a ninth of "
            f"the interval, {(upper - lower) / 9:.3g}."
        )


def _images(inputs):
    particles = inputs["particles"].astype(np.float64)
    lower, upper = inputs["lower"], inputs["upper"]
    return np.concatenate([particles, 2 * lower - particles, 2 * upper - particles])


def truth(inputs):
    """Return the density at 50 digits."""
    density = 3 * exact_density(_images(inputs), inputs["grid"], inputs["bandwidth"])
    return {"density": density}


def _mass(inputs, outputs, eps):
    terms = 3 * len(inputs["particles"])
    return mass_defect(inputs["grid"], outputs["density"], inputs["bandwidth"], terms, eps)


def _image_rounding(inputs, reference, eps):
    """An image is rounded to the dtype, which moves it by an ULP of its magnitude."""
    reach = max(abs(inputs["lower"]), abs(inputs["upper"])) * 3
    return 2 * eps * reach / inputs["bandwidth"] * np.abs(reference).max()


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    pairs = 3 * params["n"] * params["m"]
    if backend == "python" and pairs > 100_000_000:
        return f"{pairs:.0e} exponentials take a minute in pure Python"
    return None


UNIT = {"h": 0.05, "lower": 0.0, "upper": 1.0}

KERNEL = Kernel(
    title="Gaussian KDE, mirrored at the ends of an interval",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 200, "m": 50, **UNIT},
        "default": {"n": 5_000, "m": 201, **UNIT},
        "large": {"n": 100_000, "m": 3_001, **UNIT},
        "underflow": {"n": 5_000, "m": 501, "h": 0.0037, "lower": 0.0, "upper": 1.0},
        "offset": {"n": 5_000, "m": 201, "h": 0.0713, "lower": 1234.3, "upper": 1235.6},
    },
    outputs=("density",),
    budget=ErrorBudget(
        rtol=1e-13,
        relative_to="max",
        bound=_image_rounding,
        reason="64 eps sqrt(n) for the sum; 2 ULP of an image, in bandwidths, for its rounding",
    ),
    invariants=(
        Invariant(
            name="mass",
            measure=_mass,
            limit=1.0,
            reason="mirroring keeps the mass in the interval, up to aliasing and rounding",
        ),
    ),
    gradient_of=Gradient(output="density", wrt=("bandwidth",)),
    figures=(Figure(label="Peak [1/x]", value=lambda outputs: float(outputs["density"].max())),),
    flops=lambda n, m, **_: 15 * n * m,
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
    slow=slow,
)
