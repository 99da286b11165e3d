"""Tables of times: one kernel on every backend, and a suite at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import NOT_RUN, CaseResult, FigureValue, RunRecord
from bench_harness.report.checks import digits_text, verified_cell
from bench_harness.report.table import (
    Align,
    Table,
    backend_cell,
    column_of,
    size_text,
    speedup_cell,
    steady_cell,
    table_order,
    title_of,
)
from bench_harness.stats.estimates import mean, median
from bench_harness.summary import first_call_s, reference_key, references, samples_of, settled

COMPUTE_BOUND = 4.0
"""Operations per byte from which a kernel is bound by arithmetic on most machines."""


def group_table(results: Sequence[CaseResult], record: RunRecord) -> Table:
    """Return the table of one group: every backend on the same kernel, preset and dtype."""
    first = results[0].case
    known = references(results)
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
        ("1 Thread [ms]", one_thread_cell),
        ("Rate", lambda result: rate_text(result, record.environment.ceilings)),
        ("Correct Digits", digits_text),
    ):
        cells = [text(result) for result in measured]
        if any(cell != units.MISSING for cell in cells):
            columns.append((heading, "right"))
            rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
    return Table(title_of(first), columns, rows, notes_of(results))


def _row(result: CaseResult, reference: CaseResult | None, labels: Sequence[str]) -> list[str]:
    times = [units.MISSING] * 3
    if result.measurements:
        average = mean(samples_of(result)) if settled(result) else None
        times = [units.milliseconds(seconds) for seconds in (first_call_s(result), average)]
        times.append(steady_cell(result))
    figures = {figure.label: figure_text(figure) for figure in result.figures}
    return [
        backend_cell(result.case),
        *times,
        speedup_cell(result, reference),
        verified_cell(result),
        *(figures.get(label, units.MISSING) for label in labels),
    ]


def one_thread_cell(result: CaseResult) -> str:
    """Return the steady median on one thread, where that was measured as well."""
    if result.status != "ok" or not result.one_thread:
        return units.MISSING
    return units.milliseconds(median([m.times_s for m in result.one_thread]))


def rate_text(result: CaseResult, ceilings: Mapping[str, float]) -> str:
    """Return the rate of a kernel that counts its work: arithmetic, or traffic if that bounds it.

    Arithmetic comes with its share of the measured peak, which is that of float64.
    """
    if result.status != "ok" or not settled(result):
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


def suite_table(suite: str, results: Sequence[CaseResult]) -> Table:
    """Return a suite at a glance: steady median and speedup, kernels down, backends across."""
    known = references(results)
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


def _labels(results: Iterable[CaseResult]) -> list[str]:
    cases = [result.case for result in results if result.status not in NOT_RUN]
    cases.sort(key=table_order)
    return list(dict.fromkeys(column_of(case) for case in cases))


def _glance(result: CaseResult, known: Mapping[str, CaseResult]) -> str:
    if result.status in NOT_RUN:
        return units.MISSING
    if result.status != "ok":
        return result.status.replace("_", " ")
    time = steady_cell(result)
    if result.case.label == REFERENCE:
        return time
    gain = speedup_cell(result, known.get(reference_key(result)))
    return time if gain == units.MISSING else f"{time} ({gain})"
