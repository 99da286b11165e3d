"""The game of `mfg_solve` with its density carried by noisy particles instead of an equation."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Kernel

from .. import problem
from . import wide


def make_inputs(
    rng, dtype, *, nx, nt, t_end, particles, h,
    sigma=1.0, c=0.5, gamma=3.0, theta=0.5, tolerance=1e-10, max_iterations=200,
    newton_tolerance=1e-12, newton_iterations=50,
):  # fmt: skip
    """Return the game's data, the particles' first positions and all of their noise.

    Parameters
    ----------
    particles : int
        Number of particles.
    h : float
        Bandwidth of the density estimate [units of x].
    nx, nt, ... : int or float
        As in `mfg_solve`.
    """
    check_particles(particles, h)
    values = problem.settle(
        nx=nx, nt=nt, t_end=t_end, sigma=sigma, c=c, gamma=gamma, theta=theta,
        tolerance=tolerance, max_iterations=max_iterations,
        newton_tolerance=newton_tolerance, newton_iterations=newton_iterations,
    )  # fmt: skip
    common = problem.inputs(dtype, values)
    return {
        **common,
        "start": quantiles(common["initial"], particles),
        "noise": rng.standard_normal((values["nt"], particles)).astype(dtype),
        "bandwidth": float(h),
    }


def quantiles(density, count):
    """Return where the cumulative mass of a density on [0, 1] is (k + 1/2) / count.

    The mass of a node is spread evenly over its cell; cells end halfway between nodes.
    """
    x = np.linspace(0.0, 1.0, len(density))
    edges = np.concatenate(([0.0], (x[1:] + x[:-1]) / 2, [1.0]))
    cumulative = np.concatenate(([0.0], np.cumsum(density)))
    return np.interp((np.arange(count) + 0.5) / count, cumulative / cumulative[-1], edges)


def check_particles(particles, h):
    """Refuse a number of particles or a bandwidth that makes no density."""
    if not isinstance(particles, int) or particles < 1:
        raise ConfigurationError(f"particles is {particles!r}; accepted: an integer >= 1.")
    if not 0 < h <= 1 / 9:
        raise ConfigurationError(
            f"h is {h!r}; accepted: a bandwidth in (0, 1/9], for which one image of a particle at "
            "each end is enough."
        )


def validate(*, particles, h, **given):
    """Refuse parameters that define no game, no iteration or no density."""
    check_particles(particles, h)
    problem.settle(**given)


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    steps = 40 * params["nt"]
    pairs = 3.0 * params["particles"] * (params["nx"] + 1) * steps
    if backend == "python" and pairs > 1e8:
        return f"{pairs:.0e} exponentials of 80 ns in pure Python"
    if backend == "cupynumeric" and steps > 200:
        return f"some {steps} particle steps, each twenty operations of 0.3 ms or more"
    return None


KERNEL = Kernel(
    title="Mean-field game, particles",
    make_inputs=make_inputs,
    presets={
        "smoke": {"nx": 16, "nt": 4, "t_end": 0.1, "theta": 0.8, "particles": 100, "h": 0.05},
        "default": {"nx": 50, "nt": 20, "t_end": 0.5, "particles": 5_000, "h": 0.05},
        "generic": {
            "nx": 53, "nt": 19, "t_end": 0.47, "particles": 713, "h": 0.0473,
            "sigma": 0.93, "c": 0.61, "gamma": 2.7, "theta": 0.63,
        },
    },
    outputs=(*problem.OUTPUTS, "positions"),
    budget={
        **problem.BUDGET,
        "positions": ErrorBudget(atol=1e-9, reason="the drift follows u, which is good to 1e-9"),
    },
    invariants=(problem.VALUE_EQUATION, problem.MASS, problem.POSITIVE_DENSITY),
    figures=problem.FIGURES,
    dtypes=("float64",),
    truth=wide.solve,
    truth_presets=("smoke",),
    validate=validate,
    slow=slow,
    remarks=problem.remarks,
)  # fmt: skip
