"""One method of the array protocol; `methods.METHODS` has them all."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Kernel, UnknownNameError

from ..methods import BY_NAME, TIMED


def make_inputs(rng, dtype, *, method, n, case="matrix"):
    """Build a method's inputs; one that takes a single array gets it twice.

    Parameters
    ----------
    method : str
        An entry of `methods.METHODS`, such as ``exp`` or ``sum:axis``.
    n : int
        Rows of a matrix (of n + 1 columns), entries of a vector.
    case : str
        One of the method's cases, such as ``empty`` or ``special``.
    """
    arrays = BY_NAME[method].inputs(rng, dtype, case, n)
    return {"x": arrays[0], "y": arrays[-1], "method": method}


def validate(*, method, n, case="matrix"):
    """Refuse what is no method, or not a case of it."""
    if method not in BY_NAME:
        raise UnknownNameError("method", str(method), BY_NAME)
    entry = BY_NAME[method]
    if case not in entry.cases or case == "strided":
        raise ConfigurationError(
            f"case={case!r}: {method} has the cases "
            f"{', '.join(name for name in entry.cases if name != 'strided')}."
        )
    if n < 1:
        raise ConfigurationError(f"n={n}: at least one row.")


def _bound(inputs, reference, eps):
    method = BY_NAME[inputs["method"]]
    arrays = (inputs["x"], inputs["y"])[: method.arity]
    return np.broadcast_to(method.allowed(reference, arrays, eps), reference.shape)


def truth(inputs):
    """Return exp, sin or cos at 50 digits, and nothing for other methods.

    What `methods` says of those is a call of NumPy or SciPy; the other suites have a truth for
    what they compute.
    """
    import mpmath

    if inputs["method"] not in ("exp", "sin", "cos"):
        return {}
    function = getattr(mpmath, inputs["method"])
    wide = np.vectorize(lambda x: np.longdouble(mpmath.nstr(function(x), 25)), [np.longdouble])
    with mpmath.workdps(50):
        return {"result": wide(inputs["x"].astype(float))}


KERNEL = Kernel(
    title="One method of the array protocol",
    make_inputs=make_inputs,
    presets={
        "smoke": {"method": "exp", "n": 8},
        "default": {"method": ["exp", "log", "sum", "matmul"], "n": 1_000},
        "full": {"method": TIMED, "n": 300},
        "small": {"method": ["exp", "sum", "matmul"], "n": 10},
        "special": {"method": ["exp", "sqrt", "sign"], "case": "special", "n": 1},
        "empty": {"method": ["exp", "sum", "transpose"], "case": "empty", "n": 1},
    },
    outputs=("result",),
    budget=ErrorBudget(
        bound=_bound,
        reason="by method: units in the last place, or of the magnitudes summed: methods.py",
    ),
    unsupported={
        "python": "lists have no methods of arrays",
        "numba": "compiles loops over NumPy's arrays and has none of its own",
    },
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
)
