"""What a table shows: rows and columns as text, whatever they are rendered to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from bench_harness import units
from bench_harness.backends import NAMES, REFERENCE
from bench_harness.model import (
    NOT_RUN,
    Agreement,
    Case,
    CaseResult,
    FigureValue,
    RunRecord,
    Verification,
)
from bench_harness.stats.estimates import mean, median
from bench_harness.summary import first_call_s, reference_key, references, samples_of, speedup

Align = Literal["left", "right"]

COMPUTE_BOUND = 4.0
"""Operations per byte from which a kernel is bound by arithmetic on most machines."""


@dataclass(frozen=True)
class Table:
    """A heading, columns with their alignment, rows of text, and notes below."""

    title: str
    columns: Sequence[tuple[str, Align]]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)


def backend_cell(case: Case) -> str:
    """Return how a table names a backend: `` `torch` (`cpu`, `compile=True`) ``."""
    facts = []
    if case.backend in ("torch", "jax", "cupynumeric"):
        facts.append(f"`{case.device}`")
    if case.variant == "compile":
        facts.append("`compile=True`")
    elif case.variant:
        facts.append(f"`{case.variant}`")
    return f"`{case.backend}`" + (f" ({', '.join(facts)})" if facts else "")


def verified_cell(result: CaseResult) -> str:
    """Return the verdict: an error, the share of a limit, or what is wrong."""
    if result.status != "ok":
        return result.status.replace("_", " ")
    if result.case.label == REFERENCE:
        return "reference"
    assert result.verification is not None  # only verified cases are ok
    return error_text(result.verification)


def error_text(verification: Verification) -> str:
    """Return the largest relative error; for factorisations, the share of the limits used."""
    if verification.max_rel_err is not None:
        return units.error(verification.max_rel_err)
    used = verification.budget_used
    return "checks passed" if used is None else f"checks at {used:.0%}"


def group_table(results: Sequence[CaseResult], record: RunRecord) -> Table:
    """Return the table of one group: every backend on the same kernel, preset and dtype."""
    first = results[0].case
    known = references(record)
    measured = [result for result in results if result.status not in NOT_RUN]
    labels = list(dict.fromkeys(figure.label for result in measured for figure in result.figures))
    columns: list[tuple[str, Align]] = [
        ("Backend", "left"),
        ("First Call [ms]", "right"),
        ("Steady Mean [ms]", "right"),
        ("Steady Median [ms]", "right"),
        ("Speedup", "right"),
        ("Verified", "left"),
        *((label, "right") for label in labels),
    ]
    rows = [_row(result, known.get(reference_key(result)), labels) for result in measured]
    for heading, text in (
        ("Rate", lambda result: rate_text(result, record.environment.ceilings)),
        ("Correct Digits", digits_text),
    ):
        cells = [text(result) for result in measured]
        if any(cell != units.MISSING for cell in cells):
            columns.append((heading, "right"))
            rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
    return Table(title_of(first), columns, rows, notes_of(results))


def title_of(case: Case) -> str:
    """Return the heading of a group's table."""
    return f"{case.group_id} ({case.dtype})"


def _row(result: CaseResult, reference: CaseResult | None, labels: Sequence[str]) -> list[str]:
    times = [units.MISSING] * 3
    if result.measurements:
        samples = samples_of(result)
        values = (first_call_s(result), mean(samples), median(samples))
        times = [units.milliseconds(value) for value in values]
    figures = {figure.label: figure_text(figure) for figure in result.figures}
    return [
        backend_cell(result.case),
        *times,
        units.ratio(speedup(result, reference)),
        verified_cell(result),
        *(figures.get(label, units.MISSING) for label in labels),
    ]


def rate_text(result: CaseResult, ceilings: Mapping[str, float]) -> str:
    """Return the rate of a kernel that counts its work: arithmetic, or traffic if that bounds it.

    Arithmetic comes with its share of the measured peak, which is that of float64.
    """
    if result.status != "ok":
        return units.MISSING
    steady = median(samples_of(result))
    on_host = result.case.device == "cpu" and result.case.dtype == "float64"
    if result.flops and result.flops >= COMPUTE_BOUND * (result.nbytes or 0.0):
        peak = ceilings.get("flops_per_s") if on_host else None
        share = f" ({result.flops / steady / peak:.0%})" if peak else ""
        return units.rate(result.flops / steady, "FLOP/s") + share
    if result.nbytes:
        return units.rate(result.nbytes / steady, "B/s")
    return units.MISSING


def digits_text(result: CaseResult) -> str:
    """Return how many digits agree with the high-precision truth."""
    digits = result.verification.correct_digits if result.verification else None
    return units.MISSING if digits is None else f"{digits:.1f}"


def figure_text(figure: FigureValue) -> str:
    """Return a figure with its declared number of decimals."""
    if isinstance(figure.value, float):
        return f"{figure.value:.{figure.decimals}f}"
    return str(figure.value)


def notes_of(results: Sequence[CaseResult]) -> list[str]:
    """Return what has to be said below a group's table, equal sentences said once."""
    notes: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            notes.setdefault(f"{result.status.replace('_', ' ')}: {result.reason}", []).append(
                backend_cell(result.case)
            )
        for text in (*result.notes, *result.warnings):
            notes.setdefault(text, []).append(backend_cell(result.case))
    return [f"{', '.join(names)}: {text}" for text, names in notes.items()]


def suite_table(suite: str, results: Sequence[CaseResult], record: RunRecord) -> Table:
    """Return a suite at a glance: steady median and speedup, kernels down, backends across."""
    known = references(record)
    labels = _labels(results)
    rows = []
    for _, cases in groupby(results, key=reference_key):
        group = list(cases)
        case = group[0].case
        cells = {column_of(result.case): _glance(result, known) for result in group}
        rows.append(
            [
                f"`{case.kernel}`",
                size_text(case),
                *(cells.get(label, units.MISSING) for label in labels),
            ]
        )
    columns: list[tuple[str, Align]] = [("Operation", "left"), ("Size", "left")]
    columns += [(label, "right") for label in labels]
    note = "Steady median [ms] and speedup over `numpy`; – where there is no verified result."
    return Table(f"{suite}: overview", columns, rows, [note])


def column_of(case: Case) -> str:
    """Return the column a case stands in: the backend's label, with a device that is no CPU."""
    return f"`{case.label}`" if case.device == "cpu" else f"`{case.label}` ({case.device})"


def _labels(results: Iterable[CaseResult]) -> list[str]:
    order = {name: position for position, name in enumerate(NAMES)}
    cases = [result.case for result in results if result.status not in NOT_RUN]
    cases.sort(key=lambda case: (order[case.backend], case.variant, case.device))
    return list(dict.fromkeys(column_of(case) for case in cases))


def _glance(result: CaseResult, known: Mapping[str, CaseResult]) -> str:
    if result.status in NOT_RUN:
        return units.MISSING
    if result.status != "ok":
        return result.status.replace("_", " ")
    time = units.milliseconds(median(samples_of(result)))
    if result.case.label == REFERENCE:
        return time
    gain = speedup(result, known.get(reference_key(result)))
    return time if gain is None else f"{time} ({units.ratio(gain)})"


def size_text(case: Case) -> str:
    """Return a preset with its parameters: ``default: n=500``."""
    params = ", ".join(f"{name}={value}" for name, value in case.params.items())
    preset = case.preset.partition(":")[0]
    dtype = "" if case.dtype == "float64" else f", {case.dtype}"
    return f"{preset}: {params}{dtype}" if params else f"{preset}{dtype}"


def verification_table(results: Sequence[CaseResult]) -> Table:
    """Return what was compared: achieved error, budget, how much of it is used, where."""
    rows = []
    for result in results:
        verification = result.verification
        if verification is None or (result.case.label == REFERENCE and verification.passed):
            continue
        case = f"`{result.case.group_id}` {backend_cell(result.case)} {result.case.dtype}"
        for output in verification.outputs:
            if output.compared:
                rows.append(
                    [
                        case,
                        output.name,
                        units.error(output.max_abs_err),
                        units.error(output.max_rel_err),
                        units.error(output.max_ulp),
                        _share(output.budget_used),
                        output.problem or output.budget_reason,
                    ]
                )
        for check in verification.checks:
            used = None if check.value is None or not check.limit else check.value / check.limit
            value = units.error(check.value)
            text = check.problem or check.reason
            rows.append([case, f"*{check.name}*", value, "", "", _share(used), text])
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Output or *check*", "left"),
        ("Max error", "right"),
        ("Relative", "right"),
        ("ULP", "right"),
        ("Budget used", "right"),
        ("Budget, or what is wrong", "left"),
    ]
    return Table("Verification", columns, rows)


def frontier_table(results: Sequence[CaseResult]) -> Table:
    """Return time against error: fastest first, and whether any faster one is more accurate.

    Dtypes of the same preset stand together, since a float32 result is not a faster float64 one.
    """
    rows = []
    judged = [result for result in results if result.status == "ok" and _digits(result)]
    for group_id in dict.fromkeys(result.case.group_id for result in judged):
        group = [result for result in judged if result.case.group_id == group_id]
        group.sort(key=lambda result: median(samples_of(result)))
        best = 0.0
        for result in group:
            digits = _digits(result)
            rows.append(
                [
                    f"`{group_id}`",
                    backend_cell(result.case),
                    result.case.dtype,
                    units.milliseconds(median(samples_of(result))),
                    f"{digits:.1f}",
                    "yes" if digits > best else "",
                ]
            )
            best = max(best, digits)
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Backend", "left"),
        ("Dtype", "left"),
        ("Steady Median [ms]", "right"),
        ("Correct Digits", "right"),
        ("None is faster and as accurate", "left"),
    ]
    return Table("Time versus error", columns, rows)


def _digits(result: CaseResult) -> float:
    return (result.verification and result.verification.correct_digits) or 0.0


def gradient_table(results: Sequence[CaseResult]) -> Table:
    """Return gradients by autodiff: cost over the forward call, error against differences."""
    rows = []
    for result in results:
        taken = result.gradient
        if taken is None:
            continue
        case = [f"`{result.case.group_id}`", backend_cell(result.case)]
        if taken.gradient_s is None:
            rows.append([*case, *[units.MISSING] * 5, f"none: {taken.problem}"])
            continue
        forward = median(samples_of(result))
        worst = max(taken.derivatives, key=lambda derivative: derivative.rel_err)
        rows.append(
            [
                *case,
                str(taken.mode),
                units.milliseconds(taken.gradient_s),
                units.ratio(taken.gradient_s / forward),
                units.error(worst.rel_err),
                units.error(taken.max_difference_between_backends),
                worst.problem or f"worst in {worst.name}, step {worst.step:.0e}",
            ]
        )
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Backend", "left"),
        ("Mode", "left"),
        ("Gradient [ms]", "right"),
        ("Over forward", "right"),
        ("Against differences", "right"),
        ("Between backends", "right"),
        ("Remark", "left"),
    ]
    return Table("Gradients", columns, rows)


def determinism_table(results: Sequence[CaseResult]) -> Table:
    """Return whether outputs are the same bits from call to call, process and thread count."""
    rows = [
        [
            f"`{result.case.group_id}` {result.case.dtype}",
            backend_cell(result.case),
            _agreement(result.determinism.repeats),
            _agreement(result.determinism.processes),
            _agreement(result.determinism.threads),
        ]
        for result in results
        if result.determinism is not None
    ]
    headings = ("Case", "Backend", "Two calls", "Two processes", "One and all threads")
    return Table("Determinism", [(heading, "left") for heading in headings], rows)


def _agreement(agreement: Agreement | None) -> str:
    if agreement is None:
        return units.MISSING
    if agreement.bitwise:
        return "same bits"
    return "differs" if agreement.max_ulp is None else f"{agreement.max_ulp:.3g} ULP"


def _share(used: float | None) -> str:
    if used is None:
        return units.MISSING
    return f"{used:.1%}" if used < 10 else f"{used:.1e}x"


def by_suite(results: Sequence[CaseResult]) -> list[tuple[str, list[CaseResult]]]:
    """Return results suite by suite, in the order of the record."""
    return [(s, list(rs)) for s, rs in groupby(results, key=lambda result: result.case.suite)]


def by_group(results: Sequence[CaseResult]) -> list[list[CaseResult]]:
    """Return results group by group, in the order of the record."""
    return [list(group) for _, group in groupby(results, key=reference_key)]
