"""Judge a gradient by differences of the reference, at a step found by a sweep.

By the complex step where the reference takes complex inputs, else by central differences.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench_harness.kernel import Arrays, Gradient

STEPS = tuple(10.0**-k for k in range(2, 10))
COMPLEX_STEPS = tuple(10.0**-k for k in (6, 8, 12, 16, 20))
CENTRAL, COMPLEX = "central differences", "complex step"
EPS = float(np.finfo(np.float64).eps)
NOISE = 10.0
"""How many times its own uncertainty a difference may be off."""


@dataclass
class DerivativeReport:
    """A derivative along one direction, by autodiff and by differences of the reference."""

    name: str
    value: float
    difference: float
    step: float
    uncertainty: float
    rel_err: float
    passed: bool
    method: str
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        return asdict(self)


def judge(
    gradient: Gradient,
    values: Mapping[str, np.ndarray],
    inputs: Arrays,
    function: Callable[[Mapping[str, Any]], complex],
) -> list[DerivativeReport]:
    """Compare a gradient with differences of a function.

    Parameters
    ----------
    gradient : Gradient
    values : mapping of str to ndarray
        The gradient by input.
    inputs : mapping
        NumPy inputs at which it was taken.
    function : callable
        ``function(changed)`` returns the differentiated number with some inputs changed.

    Returns
    -------
    list of DerivativeReport
        One for each input: its own derivative for a scalar; for an array, the derivative along
        one random direction, which a wrong entry anywhere changes.
    """
    rng = np.random.default_rng(1)
    reports = []
    for name in gradient.wrt:
        point = np.asarray(inputs[name], dtype=np.float64)
        direction = rng.standard_normal(point.shape) if point.ndim else np.array(1.0)
        scale = float(np.max(np.abs(point), initial=0.0)) or 1.0

        def along(h: complex, name: str = name, x: Any = point, d: Any = direction) -> complex:
            moved = x + h * d
            return function({name: moved if x.ndim else moved.item()})

        slope = central_difference(along, scale)
        slope = complex_step(along, scale, slope) or slope
        value = float(np.sum(np.asarray(values[name]) * direction))
        reports.append(_compare(name, value, slope, gradient.rtol))
    return reports


@dataclass(frozen=True)
class Slope:
    """A derivative, the step it was taken at, and how uncertain it is."""

    value: float
    step: float
    uncertainty: float
    method: str


def central_difference(function: Callable[[float], Any], scale: float) -> Slope:
    """Return the derivative at 0.

    Large steps leave truncation, small ones rounding: the error over the step is a V. Its bottom
    is where a step agrees best with both its neighbours, rounding of the function counted in:
    two steps alone can agree by accident.

    Parameters
    ----------
    function : callable
    scale : float
        Magnitude of the argument; steps are taken relative to it.
    """
    steps = [scale * relative for relative in STEPS]
    values = [(function(h), function(-h)) for h in steps]
    slopes = [(up - down) / (2 * h) for (up, down), h in zip(values, steps, strict=True)]
    rounding = [EPS * max(map(abs, pair)) / h for pair, h in zip(values, steps, strict=True)]
    return _most_certain(steps, slopes, rounding, CENTRAL)


def complex_step(function: Callable[[complex], Any], scale: float, central: Slope) -> Slope | None:
    """Return the derivative at 0 by Im f(ih) / h, or None where that is not the derivative.

    Nothing is subtracted, so that a small step costs no digits. A function may refuse complex
    numbers, drop imaginary parts, or take an absolute value or a conjugate on its way: what does
    not agree with the central difference within its uncertainty is not used.

    Parameters
    ----------
    function : callable
    scale : float
        Magnitude of the argument; steps are taken relative to it.
    central : Slope
    """
    steps = [scale * relative for relative in COMPLEX_STEPS]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            values = [function(1j * h) for h in steps]
    except Exception:  # written for real numbers: that is no fault
        return None
    if not all(isinstance(value, complex) for value in values):
        return None
    slopes = [value.imag / h for value, h in zip(values, steps, strict=True)]
    rounding = [EPS * abs(slope) for slope in slopes]
    found = _most_certain(steps, slopes, rounding, COMPLEX)
    agrees = abs(found.value - central.value) <= NOISE * (central.uncertainty + found.uncertainty)
    return found if agrees and found.uncertainty <= central.uncertainty else None


def _most_certain(
    steps: Sequence[float], slopes: Sequence[float], rounding: Sequence[float], method: str
) -> Slope:
    """Return the slope that agrees best with both its neighbours, rounding counted in."""
    changes = [abs(a - b) for a, b in itertools.pairwise(slopes)]
    uncertain = [max(changes[k - 1], changes[k]) + rounding[k] for k in range(1, len(steps) - 1)]
    best = int(np.argmin(uncertain)) + 1
    return Slope(slopes[best], steps[best], uncertain[best - 1], method)


def _compare(name: str, value: float, slope: Slope, rtol: float) -> DerivativeReport:
    error = abs(value - slope.value)
    size = max(abs(slope.value), abs(value)) or 1.0
    report = DerivativeReport(
        name, value, slope.value, slope.step, slope.uncertainty, error / size,
        passed=bool(error <= rtol * size + NOISE * slope.uncertainty), method=slope.method,
    )  # fmt: skip
    if not report.passed:
        report.problem = (
            f"is {value:.10g} by autodiff and {slope.value:.10g} by {slope.method} at step "
            f"{slope.step:.1g}, good to {slope.uncertainty:.1g}"
        )
    return report
