"""Compare one case's outputs with the reference, under the kernel's error budgets.

Pure functions over NumPy arrays. Nothing passes by default: an output that is missing, an
exception in a check, a NaN in a measure are failures that say what happened.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from bench_harness.kernel import Arrays, ErrorBudget, Invariant, Kernel, eps_of, tolerance_for

SINGLE = "every entry is a float32 number: it was computed or stored in single precision"


@dataclass
class OutputReport:
    """How one output compares with the reference.

    `max_rel_err` is relative to what the budget is relative to: each entry, or the largest.
    `budget_used` is the largest error over the error allowed there: at most 1 to pass.
    """

    name: str
    passed: bool = False
    problem: str | None = None
    compared: bool = True
    max_abs_err: float | None = None
    max_rel_err: float | None = None
    max_ulp: float | None = None
    budget_used: float | None = None
    worst_index: list[int] | None = None
    worst_value: str | None = None
    worst_reference: str | None = None
    budget_reason: str = ""
    details: str | None = None
    remark: str | None = None
    """What is suspicious and no failure."""


@dataclass
class CheckReport:
    """An invariant as measured, or why it could not be."""

    name: str
    passed: bool
    value: float | None
    limit: float
    reason: str = ""
    problem: str | None = None
    details: str | None = None


@dataclass
class Report:
    """Everything found out about the outputs of one case."""

    outputs: list[OutputReport] = field(default_factory=list)
    checks: list[CheckReport] = field(default_factory=list)
    truth: list[OutputReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Return one sentence for each thing that is wrong."""
        parts: list[OutputReport | CheckReport] = [*self.outputs, *self.checks]
        found = [f"{part.name}: {part.problem}" for part in parts if not part.passed]
        found += [
            f"{part.name} against the truth: {part.problem}"
            for part in self.truth
            if not part.passed
        ]
        return self.problems + found

    @property
    def details(self) -> str | None:
        """Return the tracebacks of what raised, None without one."""
        parts: list[OutputReport | CheckReport] = [*self.outputs, *self.checks, *self.truth]
        return "\n".join(part.details for part in parts if part.details) or None

    @property
    def remarks(self) -> list[str]:
        """Return one sentence for each output that passed and is suspicious."""
        return [f"{o.name}: {o.remark}" for o in self.outputs if o.passed and o.remark]

    @property
    def passed(self) -> bool:
        """True if at least one thing was compared and nothing is wrong."""
        judged = any(output.compared for output in self.outputs) or bool(self.checks)
        return judged and not self.failures

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON types; what is not finite, JSON cannot say: None."""
        parts = asdict(self)
        del parts["problems"]  # they are the first of the failures
        for part in (part for kind in parts.values() for part in kind):
            for elsewhere in ("details", "remark"):  # the record has one place for each
                part.pop(elsewhere, None)
            for name, value in part.items():
                if isinstance(value, float) and not math.isfinite(value):
                    part[name] = None
        return {**parts, "passed": self.passed, "failures": self.failures}


def verify(
    kernel: Kernel,
    inputs: Arrays,
    reference: Mapping[str, np.ndarray],
    outputs: Mapping[str, np.ndarray],
    dtype: str,
    *,
    weak: Iterable[str] = (),
    truth: Arrays | None = None,
) -> Report:
    """Judge the outputs of one case.

    Parameters
    ----------
    kernel : Kernel
    inputs : mapping
        The NumPy inputs that the outputs were computed from.
    reference, outputs : mapping of str to ndarray
        By output name.
    dtype : str
        Name of the dtype the case computes in; sets the unit round-off.
    weak : iterable of str
        Outputs that came as Python numbers or lists and carry no dtype of their own.
    truth : mapping, optional
        High-precision outputs; those named are judged against it as well.
    """
    report = Report()
    if set(outputs) != set(kernel.outputs):
        report.problems.append(
            f"returned the outputs ({', '.join(sorted(outputs))}) where "
            f"({', '.join(kernel.outputs)}) are expected"
        )
        return report
    weak = set(weak)
    values = {
        name: _as_reference_kind(outputs[name], reference[name]) if name in weak else outputs[name]
        for name in kernel.outputs
    }
    for name in kernel.outputs:
        budget = kernel.budget_for(name)
        report.outputs.append(
            compare(name, reference[name], values[name], budget, inputs, eps_of(dtype), dtype)
        )
    if any(output.max_abs_err is None and not output.passed for output in report.outputs):
        return report  # wrong shapes or dtypes would only make the invariants fail obscurely
    report.checks = [measure(check, inputs, values, eps_of(dtype)) for check in kernel.invariants]
    for name, exact in (truth or {}).items():
        budget = kernel.budget_for(name)
        if budget is not None:
            judged = compare(
                name, np.asarray(exact), values[name], budget, inputs, eps_of(dtype), dtype, True
            )
            report.truth.append(judged)
    return report


def _as_reference_kind(value: np.ndarray, reference: np.ndarray) -> np.ndarray:
    if np.can_cast(value.dtype, reference.dtype, casting="same_kind"):
        return value.astype(reference.dtype)
    return value


def compare(
    name: str,
    reference: np.ndarray,
    value: np.ndarray,
    budget: ErrorBudget | None,
    inputs: Arrays,
    eps: float,
    dtype: str,
    any_dtype: bool = False,
) -> OutputReport:
    """Compare one output: shape, dtype, finiteness pattern, then every entry.

    `any_dtype` is for a reference in higher precision than the value.
    """
    report = OutputReport(name, compared=budget is not None)
    report.problem = _structural_problem(reference, value, any_dtype)
    if report.problem:
        return report
    if dtype == "float64" and _is_single(value) and not _is_single(reference):
        report.remark = SINGLE
    if budget is None:
        report.passed = True
        return report
    report.budget_reason = budget.reason
    try:
        allowed = _allowed(budget, reference, inputs, eps, dtype)
    except Exception as error:
        report.problem = f"the budget's bound raised {_last_line(error)}"
        report.details = traceback.format_exc()
        return report
    if budget.signed_zero and _signs_differ(reference, value):
        report.problem = "has a zero or a number of the wrong sign"
        return report
    _summarise(report, _absolute_error(reference, value), allowed, reference, value, budget)
    if report.problem and (hint := suspected_precision(value, reference, report, dtype)):
        report.problem += f"; {hint}"
    return report


def _signs_differ(reference: np.ndarray, value: np.ndarray) -> bool:
    """Tell whether a number has another sign, zeros included; a NaN's sign means nothing."""
    if reference.dtype.kind == "c":
        return _signs_differ(reference.real, value.real) or _signs_differ(
            reference.imag, value.imag
        )
    if reference.dtype.kind != "f":
        return False
    return bool(np.any((np.signbit(reference) != np.signbit(value)) & ~np.isnan(reference)))


def _structural_problem(reference: np.ndarray, value: np.ndarray, any_dtype: bool) -> str | None:
    if value.shape != reference.shape:
        return f"has shape {value.shape}, expected {reference.shape}"
    if value.dtype != reference.dtype and not any_dtype:
        return f"has dtype {value.dtype}, expected {reference.dtype}"
    if value.dtype.kind not in "fc" or reference.dtype.kind not in "fc":
        return None
    for what, test in (("NaN", np.isnan), ("infinite", np.isinf)):
        expected, found = test(reference), test(value)
        if not np.array_equal(expected, found):
            index = tuple(int(i) for i in np.argwhere(expected != found)[0])
            return (
                f"is {value[index]!r} at {list(index)} where {reference[index]!r} is expected "
                f"({int(found.sum())} {what} entries, expected {int(expected.sum())})"
            )
    infinite = np.isinf(reference)
    if infinite.any() and not np.array_equal(value[infinite], reference[infinite]):
        return "has an infinity of the wrong sign"
    return None


def suspected_precision(
    value: np.ndarray, reference: np.ndarray, report: OutputReport, dtype: str
) -> str | None:
    """Name the silent down-cast that a failed comparison looks like, if it does.

    A float64 result made of float32 numbers was computed or stored in single precision; errors
    of the size of float32 (or TF32) rounding point to single-precision constants (or to the
    10-bit matrix mode of NVIDIA GPUs).
    """
    if value.dtype.kind not in "fc" or report.max_rel_err is None:
        return None
    if report.remark:
        return report.remark
    largest = report.max_abs_err or 0.0
    scale = float(np.max(np.abs(reference), initial=0.0)) or 1.0
    relative = largest / scale
    if dtype == "float64" and 1e-9 < relative < 1e-5:
        return "an error of the size of float32 rounding: is there a single-precision constant?"
    if dtype == "float32" and 5e-5 < relative < 5e-3:
        return "an error of the size of TF32 rounding: is the 10-bit matrix mode on?"
    return None


def _is_single(values: np.ndarray) -> bool:
    """Tell whether all finite entries of a wider array are numbers of single precision."""
    if values.dtype.kind not in "fc":
        return False
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        narrow = finite.astype(np.complex64 if finite.dtype.kind == "c" else np.float32)
    return bool(finite.size and np.array_equal(narrow.astype(finite.dtype), finite))


def _absolute_error(reference: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return |value - reference|, zero where both are the same non-finite number."""
    if reference.dtype.kind in "biu":
        wide = np.abs(value.astype(np.float64) - reference.astype(np.float64))
        return np.where(value == reference, 0.0, np.maximum(wide, 1.0))
    with np.errstate(all="ignore"):
        error = np.abs(value - reference)
    return np.where(np.isfinite(reference), error, 0.0)


def _allowed(
    budget: ErrorBudget, reference: np.ndarray, inputs: Arrays, eps: float, dtype: str
) -> np.ndarray:
    size = np.where(np.isfinite(reference), np.abs(reference), 0.0)
    scale = size if budget.relative_to == "entry" else np.max(size, initial=0.0)
    allowed = tolerance_for(budget.atol, dtype) + tolerance_for(budget.rtol, dtype) * scale
    if budget.ulp:
        allowed = allowed + budget.ulp * np.spacing(size.astype(np.dtype(dtype)))
    if budget.bound is not None:
        allowed = allowed + np.asarray(budget.bound(inputs, reference, eps))
    return np.broadcast_to(allowed, reference.shape)


def _summarise(
    report: OutputReport,
    error: np.ndarray,
    allowed: np.ndarray,
    reference: np.ndarray,
    value: np.ndarray,
    budget: ErrorBudget,
) -> None:
    report.max_abs_err = report.max_rel_err = report.max_ulp = report.budget_used = 0.0
    report.passed = True
    if not error.size:
        return
    size = np.where(np.isfinite(reference), np.abs(reference), 0.0).astype(np.float64)
    with np.errstate(all="ignore"):
        # Where nothing (or nonsense) is allowed, any error is infinitely over budget.
        used = np.where(error == 0, 0.0, np.where(allowed > 0, error / allowed, np.inf))
        scale = size if budget.relative_to == "entry" else np.full_like(size, size.max())
        relative = np.where(scale > 0, error / scale, 0.0)
        ulps = error
        if value.dtype.kind == "f":  # of a zero there is none: its spacing is the smallest number
            ulps = np.where(size > 0, error / np.spacing(size.astype(value.dtype)), 0.0)
    worst = np.unravel_index(int(np.argmax(used)), used.shape)
    report.max_abs_err = float(error.max())
    report.max_rel_err = float(relative.max())
    report.max_ulp = float(np.max(ulps))
    report.budget_used = float(used[worst])
    report.worst_index = [int(i) for i in worst]
    report.worst_value, report.worst_reference = str(value[worst]), str(reference[worst])
    report.passed = bool(report.budget_used <= 1)
    if not report.passed:
        count = int((~(used <= 1)).sum())
        report.problem = (
            f"is {value[worst]} at {report.worst_index}, expected {reference[worst]}: off by "
            f"{float(error[worst]):.2g} where {float(allowed[worst]):.2g} is allowed "
            f"({count} of {error.size} entries over budget)"
        )


def measure(check: Invariant, inputs: Arrays, outputs: Arrays, eps: float) -> CheckReport:
    """Evaluate one invariant; an exception, a NaN or a negative number is a failure."""
    report = CheckReport(check.name, False, None, check.limit, check.reason)
    try:
        with np.errstate(all="ignore"):
            value = float(check.measure(inputs, outputs, eps))
    except Exception as error:
        report.problem = f"could not be evaluated: {_last_line(error)}"
        report.details = traceback.format_exc()
        return report
    report.value = value
    report.passed = bool(0 <= value <= check.limit)
    if value < 0:
        report.problem = f"is {value:.3g}, and a measure of error cannot be negative"
    elif not report.passed:
        report.problem = f"is {value:.3g}, at most {check.limit:.3g} is accepted"
    return report


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()
