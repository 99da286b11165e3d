"""A mean-field game on [0, 1], solved to self-consistency by finite differences."""

from bench_harness import Kernel

from .. import problem, textbook


def make_inputs(
    rng, dtype, *, nx, nt, t_end,
    sigma=1.0, c=0.5, gamma=3.0, theta=0.5, tolerance=1e-10, max_iterations=200,
    newton_tolerance=1e-12, newton_iterations=50,
):  # fmt: skip
    """Return the game's data on a grid; nothing is random.

    Parameters
    ----------
    nx, nt : int
        Cells in space and steps in time.
    t_end : float
        Duration.
    sigma, c, gamma : float
        Noise of a member; weight of its steering; aversion to a crowd.
    theta : float
        Share of the new iterate in the damped one.
    tolerance, max_iterations : float, int
        Of the Picard iteration: both relative changes below `tolerance`, or give up.
    newton_tolerance, newton_iterations : float, int
        Of Newton's method at each level.
    """
    values = problem.settle(
        nx=nx, nt=nt, t_end=t_end, sigma=sigma, c=c, gamma=gamma, theta=theta,
        tolerance=tolerance, max_iterations=max_iterations,
        newton_tolerance=newton_tolerance, newton_iterations=newton_iterations,
    )  # fmt: skip
    return problem.inputs(dtype, values)


def validate(**given):
    """Refuse parameters that define no game or no iteration."""
    problem.settle(**given)


def truth(inputs):
    """Return the solution of the textbook equations at 50 digits, as float64."""
    from mpmath import mp, mpf

    with mp.workdps(50):
        exact = {
            name: list(map(mpf, value.tolist())) if hasattr(value, "tolist") else value
            for name, value in inputs.items()
        }
        exact |= {name: mpf(value) for name, value in exact.items() if isinstance(value, float)}
        u, m, iterations, *_ = textbook.solve(**exact)
        return {
            "u": [[float(x) for x in row] for row in u],
            "m": [[float(x) for x in row] for row in m],
            "iterations": iterations,
        }


def slow(backend, params):
    """Name the cases that take too long to run unasked."""
    if backend == "cupynumeric.dense":
        return "some hundred operations a level at 0.3 ms or more each: minutes for a solve"
    nodes, levels = params["nx"] + 1, params["nt"]
    # 40 iterations of 5 Newton steps; 0.3 us a node over Python floats
    seconds = 40 * 5 * levels * nodes * 0.3e-6
    if backend in ("python", "torch", "cupynumeric") and seconds > 10:
        return f"about {seconds:.0f} s over Python floats"
    return None


KERNEL = Kernel(
    title="Mean-field game, finite differences",
    make_inputs=make_inputs,
    presets={
        "smoke": {"nx": 16, "nt": 4, "t_end": 0.1, "theta": 0.8},
        "default": {"nx": 50, "nt": 20, "t_end": 0.5},
        "bench": {"nx": 200, "nt": 50, "t_end": 1.0},
        "generic": {
            "nx": 53, "nt": 19, "t_end": 0.47,
            "sigma": 0.93, "c": 0.61, "gamma": 2.7, "theta": 0.63,
        },
        "negative_control": {"nx": 40, "nt": 16, "t_end": 0.4, "sigma": 0.3, "gamma": 1.0},
    },
    outputs=problem.OUTPUTS,
    budget=problem.BUDGET,
    invariants=(
        problem.VALUE_EQUATION,
        problem.DENSITY_EQUATION,
        problem.MASS,
        problem.POSITIVE_DENSITY,
    ),
    figures=problem.FIGURES,
    dtypes=("float64",),
    headline=("default",),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
    slow=slow,
    remarks=problem.remarks,
)  # fmt: skip
