"""What the author of a suite writes: ``KERNEL = Kernel(...)`` in a ``kernel.py``.

Needs NumPy only, so that the definition of a kernel can be read where no
framework is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Arrays = Mapping[str, Any]
"""Named inputs or outputs: NumPy arrays and plain scalars."""

PerDtype = float | Mapping[str, float]
"""A tolerance: one number meant for float64 (scaled by unit round-off for other
dtypes), or a number for each dtype by name."""

DTYPES = ("float64", "float32")


def eps_of(dtype: str) -> float:
    """Spacing of the floating-point numbers at 1 (2.2e-16 for float64)."""
    return float(np.finfo(np.dtype(dtype)).eps)


def tolerance_for(value: PerDtype, dtype: str) -> float:
    """Return a tolerance for one dtype.

    Parameters
    ----------
    value : float or mapping
        See :data:`PerDtype`.
    dtype : str
        Name of the dtype the case computes in.

    Returns
    -------
    float
        The entry for `dtype`, or the float64 number times ``eps(dtype) / eps(float64)``.
    """
    if isinstance(value, Mapping):
        if dtype in value:
            return float(value[dtype])
        value = value["float64"]
    return float(value) * eps_of(dtype) / eps_of("float64")


@dataclass(frozen=True, kw_only=True)
class ErrorBudget:
    """How far an output may be from the reference, and why.

    The allowed error of an entry is the sum of the parts that are given::

        atol + rtol * scale + ulp * spacing(|reference|) + bound(inputs, reference, eps)

    with ``scale`` the entry's own magnitude or the largest of the output.

    Parameters
    ----------
    rtol, atol : float or mapping of dtype name to float
        A plain number is meant for float64 and scaled by unit round-off for other dtypes.
    relative_to : {"entry", "max"}
        What `rtol` multiplies: ``|reference|`` entry by entry, or its maximum. Sums that
        cancel have entries near zero whose own relative error means nothing: use ``"max"``.
    ulp : float
        Units in the last place of the reference entry, the same number for every dtype.
    bound : callable, optional
        ``bound(inputs, reference, eps)`` returns an allowed absolute error that broadcasts
        against the reference, for bounds such as ``n * eps * |A| @ |B|``.
    signed_zero : bool
        True where 0.0 and -0.0 are different results.
    reason : str
        One line: why this much and no more. Shown in the verification table.
    """

    rtol: PerDtype = 0.0
    atol: PerDtype = 0.0
    relative_to: Literal["entry", "max"] = "entry"
    ulp: float = 0.0
    bound: Callable[[Arrays, np.ndarray, float], Any] | None = None
    signed_zero: bool = False
    reason: str = ""


DEFAULT_BUDGET = ErrorBudget(
    rtol=1e-13, relative_to="max", reason="default: the kernel declares no budget"
)


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A property every correct result has, whatever the rounding: a residual, a symmetry.

    Parameters
    ----------
    name : str
        As shown in tables: ``"orthogonality"``.
    measure : callable
        ``measure(inputs, outputs, eps)`` returns one number >= 0, normalised so that `limit`
        holds for every dtype, for example ``norm(Q.T @ Q - I) / (n * eps)``. NaN and negative
        numbers fail.
    limit : float
        Largest value accepted.
    reason : str
        One line: where the limit comes from.
    """

    name: str
    measure: Callable[[Arrays, Arrays, float], float]
    limit: float
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number of the domain, computed from the outputs and shown as a column of its own.

    Parameters
    ----------
    label : str
        Column heading with its unit: ``"Lap Time [s]"``.
    value : callable
        ``value(outputs)`` returns a float, an int or a short string.
    decimals : int
        Digits after the point when the value is a float.
    """

    label: str
    value: Callable[[Arrays], float | int | str]
    decimals: int = 6


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """A derivative that backends with autodiff are asked for.

    Parameters
    ----------
    output : str
        The output that is differentiated; an array's entries are summed with `output_weights`.
    wrt : sequence of str
        Inputs, scalars or arrays, with respect to which.
    rtol : float
        Relative error allowed against central differences, beyond their own uncertainty, and
        between backends.
    unsupported : mapping of str to str
        ``backend`` or ``backend.variant`` to one sentence on why its form has no derivative.
    """

    output: str
    wrt: Sequence[str]
    rtol: float = 1e-6
    unsupported: Mapping[str, str] = field(default_factory=dict)


def output_weights(shape: tuple[int, ...]) -> np.ndarray:
    """Return the weights an output is summed with before it is differentiated; ones of size 1.

    Not all equal: the plain sum of a density, say, hardly depends on anything.
    """
    size = int(np.prod(shape))
    if size == 1:
        return np.ones(shape)
    weights: np.ndarray = np.cos(0.7 * np.arange(size) + 0.3)
    return weights.reshape(shape)


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A computation that every backend implements, with what is needed to judge them.

    Parameters
    ----------
    title : str
        What it computes, in a few words.
    make_inputs : callable
        ``make_inputs(rng, dtype, **params)`` returns the inputs by name: NumPy arrays (which
        reach an implementation as native arrays of its backend) and plain scalars or strings
        (which reach it unchanged). `rng` is a seeded `numpy.random.Generator`.
    presets : mapping of str to mapping
        Parameters of `make_inputs` by preset name; ``smoke`` (milliseconds) and ``default``
        must be there. A list as a value is a sweep: one case for each of its entries.
    outputs : sequence of str
        Names of the outputs, in the order an implementation returns them.
    budget : ErrorBudget or mapping of output name to ErrorBudget or None, optional
        None for an output means: not compared entry by entry, only through `invariants`
        (shape, dtype and finiteness are compared all the same). An output that a mapping
        leaves out gets the strict default.
    invariants : sequence of Invariant
    mutates : sequence of str
        Inputs the kernel overwrites; they are restored, untimed, before each call.
    gradient_of : Gradient, optional
        Differentiated in float64 by every backend that can, and compared with differences.
    figures : sequence of Figure
    dtypes : sequence of str
        The dtypes the kernel is defined for; the first is the default.
    flops, nbytes : callable, optional
        ``flops(**params)`` floating-point operations; ``nbytes(**params)`` bytes that must move
        at least, counted for float64.
    truth : callable, optional
        ``truth(inputs)`` returns high-precision outputs by name (a subset is fine).
    truth_presets : sequence of str
        Presets small enough for `truth`.
    headline : sequence of str
        Presets that belong to the short run that speaks for the suite.
    unsupported : mapping of str to str
        ``backend`` or ``backend.variant`` to one sentence on why it has no implementation.
    slow : callable, optional
        ``slow(backend, params)`` returns one sentence where this case takes too long to run
        unasked (`backend` reads ``"torch.compile"`` for a variant), else None.
    validate : callable, optional
        ``validate(**params)`` raises `ConfigurationError` for parameters that make no sense,
        before anything is measured.
    remarks : callable, optional
        ``remarks(inputs, outputs, reference)`` returns sentences to show beside the result.
        ``reference(**inputs)`` runs the NumPy implementation and returns outputs by name.
    """

    title: str
    make_inputs: Callable[..., Arrays]
    presets: Mapping[str, Mapping[str, Any]]
    outputs: Sequence[str]
    budget: ErrorBudget | Mapping[str, ErrorBudget | None] | None = None
    invariants: Sequence[Invariant] = ()
    mutates: Sequence[str] = ()
    gradient_of: Gradient | None = None
    figures: Sequence[Figure] = ()
    dtypes: Sequence[str] = DTYPES
    flops: Callable[..., float] | None = None
    nbytes: Callable[..., float] | None = None
    truth: Callable[[Arrays], Arrays] | None = None
    truth_presets: Sequence[str] = ()
    headline: Sequence[str] = ()
    unsupported: Mapping[str, str] = field(default_factory=dict)
    slow: Callable[[str, Mapping[str, Any]], str | None] | None = None
    validate: Callable[..., None] | None = None
    remarks: Callable[[Arrays, Arrays, Callable[..., Arrays]], Sequence[str]] | None = None

    def budget_for(self, output: str) -> ErrorBudget | None:
        """Return the budget of one output; None where only invariants judge it."""
        if isinstance(self.budget, Mapping):
            return self.budget.get(output, DEFAULT_BUDGET)
        return self.budget or DEFAULT_BUDGET

    def make(self, seed: int, dtype: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Build the inputs; the same `seed`, `dtype` and `params` give the same bits."""
        return dict(self.make_inputs(np.random.default_rng(seed), np.dtype(dtype), **params))
