"""Tables of times: one kernel on every backend, and a suite at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import NOT_RUN, CaseResult, Environment, FigureValue, RunRecord
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
from bench_harness.roofline import Achieved, achieved, doubt
from bench_harness.stats.estimates import mean, median
from bench_harness.summary import first_call_s, reference_key, references, samples_of, settled


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
        *_rate_columns(record.environment),
        ("Correct Digits", digits_text),
    ):
        cells = [text(result) for result in measured]
        if any(cell != units.MISSING for cell in cells):
            columns.append((heading, "right"))
            rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
    doubts = {result.case.id: doubt(result, record.environment) for result in measured}
    return Table(title_of(first), columns, rows, notes_of(results, doubts))


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


def _rate_columns(
    environment: Environment,
) -> tuple[tuple[str, Callable[[CaseResult], str]], ...]:
    """Return the columns of a kernel that counts its work: its rates, and their share of the roof.

    See `roofline`.
    """

    def cell(text: Callable[[Achieved], str | None]) -> Callable[[CaseResult], str]:
        def render(result: CaseResult) -> str:
            found = achieved(result, environment)
            return (found and text(found)) or units.MISSING

        return render

    def giga(rate: float | None) -> str | None:
        return None if rate is None else units.significant(rate / 1e9, 3)

    return (
        ("GFLOP/s", cell(lambda found: giga(found.flops_per_s))),
        ("GB/s", cell(lambda found: giga(found.bytes_per_s))),
        ("Of Roof", cell(lambda found: None if found.share is None else f"{found.share:.1%}")),
    )


def figure_text(figure: FigureValue) -> str:
    """Return a figure with its declared number of decimals."""
    if isinstance(figure.value, float):
        return f"{figure.value:.{figure.decimals}f}"
    return str(figure.value)


def notes_of(
    results: Sequence[CaseResult], doubts: Mapping[str, str | None] = MappingProxyType({})
) -> list[str]:
    """Return what has to be said below a group's table, equal sentences said once.

    `doubts` are further sentences by case id.
    """
    notes: dict[str, list[str]] = {}
    for result in results:
        texts = [*result.notes, *result.warnings, doubts.get(result.case.id)]
        if result.reason:
            texts.insert(0, f"{result.status.replace('_', ' ')}: {result.reason}")
        for text in filter(None, texts):
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
