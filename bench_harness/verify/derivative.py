"""Judge a gradient by central differences of the reference, at a step found by a sweep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench_harness.kernel import Arrays, Gradient

STEPS = tuple(10.0**-k for k in range(2, 10))
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
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON types."""
        return asdict(self)


def judge(
    gradient: Gradient,
    values: Mapping[str, np.ndarray],
    inputs: Arrays,
    function: Callable[[Mapping[str, Any]], float],
) -> list[DerivativeReport]:
    """Compare a gradient with central differences.

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

        def along(h: float, name: str = name, x: Any = point, d: Any = direction) -> float:
            moved = x + h * d
            return function({name: moved if x.ndim else float(moved)})

        difference, step, uncertainty = central_difference(along, scale)
        value = float(np.sum(np.asarray(values[name]) * direction))
        reports.append(_compare(name, value, difference, step, uncertainty, gradient.rtol))
    return reports


def central_difference(
    function: Callable[[float], float], scale: float
) -> tuple[float, float, float]:
    """Return the derivative at 0, the step it was taken at, and how uncertain it is.

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
    changes = [abs(a - b) for a, b in itertools.pairwise(slopes)]
    uncertain = [
        max(changes[k - 1], changes[k]) + EPS * max(map(abs, values[k])) / steps[k]
        for k in range(1, len(steps) - 1)
    ]
    best = int(np.argmin(uncertain)) + 1
    return slopes[best], steps[best], uncertain[best - 1]


def _compare(
    name: str, value: float, difference: float, step: float, uncertainty: float, rtol: float
) -> DerivativeReport:
    error = abs(value - difference)
    size = max(abs(difference), abs(value)) or 1.0
    report = DerivativeReport(
        name, value, difference, step, uncertainty, error / size,
        passed=bool(error <= rtol * size + NOISE * uncertainty),
    )  # fmt: skip
    if not report.passed:
        report.problem = (
            f"is {value:.10g} by autodiff and {difference:.10g} by central differences at step "
            f"{step:.1g}, good to {uncertainty:.1g}"
        )
    return report
