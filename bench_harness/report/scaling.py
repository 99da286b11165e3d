"""How time grows with size, and where one backend overtakes another, as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from bench_harness import units
from bench_harness.costs import Overtaking, growth, overtakings, size_series
from bench_harness.model import CaseResult
from bench_harness.report.table import Table
from bench_harness.stats.estimates import Estimate
from bench_harness.stats.scaling import Fit


def scaling_table(results: Iterable[CaseResult]) -> Table:
    """Return the fits ``t = a + b n**alpha`` of every kernel that was measured at enough sizes."""
    rows, notes = [], []
    for kernel_id, of_kernel in _by_kernel(results).items():
        size, series = size_series(of_kernel, of_kernel[0].case.params)
        fits = {name: growth(of_backend, size) for name, of_backend in series.items()}
        rows += [_row(kernel_id, size, name, fitted) for name, fitted in fits.items()]
        path = overtakings(fits)
        if len(path) > 1:
            notes.append(f"`{kernel_id}`: {by_size_sentence(path, size)}")
    return Table(
        title="Scaling: a + b n^alpha per call, with 95 % intervals",
        columns=[
            ("Kernel", "left"),
            ("n", "left"),
            ("Backend", "left"),
            ("Sizes", "left"),
            ("a [ms]", "right"),
            ("alpha", "right"),
            ("Residual", "right"),
        ],
        rows=rows,
        notes=notes,
    )


def by_size_sentence(path: Sequence[Overtaking], size: str) -> str:
    """Say who is the fastest at the smallest size, and who overtakes it from which size on."""
    parts = [f"`{path[0].name}` is the fastest per call at {size} = {path[0].start:g}"]
    for step in path[1:]:
        assert step.interval is not None  # only the first has none
        span = f"{step.interval.low:.4g} to {step.interval.high:.4g}"
        parts.append(f"`{step.name}` overtakes it from {size} = {step.start:.4g} ({span}) on")
    return "; ".join(parts) + "."


def _by_kernel(results: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """Return results that differ in size only: by kernel, dtype and what is not a number."""
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        case = result.case
        fixed = {name: value for name, value in case.params.items() if not _is_size(value)}
        rest = f", {json.dumps(fixed, default=str)}" if fixed else ""
        groups.setdefault(f"{case.kernel_id} ({case.dtype}{rest})", []).append(result)
    return groups


def _is_size(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _row(kernel_id: str, size: str, name: str, fitted: Fit) -> list[str]:
    return [
        f"`{kernel_id}`",
        size,
        f"`{name}`",
        f"{fitted.low:g} to {fitted.high:g}",
        _span(fitted.a, units.milliseconds),
        _span(fitted.alpha, lambda value: f"{value:.2f}"),
        f"{fitted.rel_residual:.1%}",
    ]


def _span(estimate: Estimate, text: Any) -> str:
    return f"{text(estimate.point)} ({text(estimate.low)} to {text(estimate.high)})"
