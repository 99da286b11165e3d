"""Tables of correctness: errors and budgets, determinism, gradients, time against error."""

from __future__ import annotations

from collections.abc import Sequence

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import Agreement, CaseResult, Verification
from bench_harness.report.table import Align, Table, backend_cell, steady_cell
from bench_harness.stats.estimates import median
from bench_harness.summary import gradient_over_forward, samples_of


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


def digits_text(result: CaseResult) -> str:
    """Return how many digits agree with the high-precision truth."""
    digits = result.verification.correct_digits if result.verification else None
    return units.MISSING if digits is None else f"{digits:.1f}"


def verification_table(results: Sequence[CaseResult]) -> Table:
    """Return what was compared: achieved error, budget, how much of it is used, where."""
    rows: list[list[str]] = []
    cases: list[str] = []
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
        cases += [result.case.id] * (len(rows) - len(cases))
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Output or *check*", "left"),
        ("Max error", "right"),
        ("Relative", "right"),
        ("ULP", "right"),
        ("Budget used", "right"),
        ("Budget, or what is wrong", "left"),
    ]
    return Table("Verification", columns, rows, cases=cases)


def _share(used: float | None) -> str:
    if used is None:
        return units.MISSING
    return f"{used:.1%}" if used < 10 else f"{used:.1e}x"


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
                    steady_cell(result),
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
            reason = f"unsupported: {taken.unsupported}" if taken.unsupported else taken.problem
            rows.append([*case, *[units.MISSING] * 5, reason or ""])
            continue
        worst = max(taken.derivatives, key=lambda derivative: derivative.rel_err)
        rows.append(
            [
                *case,
                str(taken.mode),
                units.milliseconds(taken.gradient_s),
                units.ratio(gradient_over_forward(result)),
                units.error(worst.rel_err),
                units.error(taken.max_difference_between_backends),
                worst.problem
                or taken.problem
                or f"worst in {worst.name}, {worst.method}, step {worst.step:.0e}",
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
