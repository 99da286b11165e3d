"""What the page shows and draws of each case, as plain data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import BROKEN, NOT_RUN, RunRecord
from bench_harness.report.checks import digits_text, verified_cell
from bench_harness.report.environments import record_names
from bench_harness.report.palette import styles
from bench_harness.report.points import Point
from bench_harness.report.size_lines import SizeLines, crossing_text, size_lines
from bench_harness.report.table import Align, backend_cell, size_text, steady_cell
from bench_harness.stats.estimates import Estimate
from bench_harness.summary import settled

MAX_SAMPLES = 300
"""Timed runs of a process that the page holds; of more, every second, third... one."""


class Cell(NamedTuple):
    """A text, the number that it is sorted by, and a second line in small letters."""

    text: str
    value: float | None = None
    detail: str = ""


class Row(NamedTuple):
    """One case in the table of all cases."""

    record: int
    case: str
    status: str
    cells: Sequence[Cell]


Column = tuple[str, Align, Callable[[Point], Cell]]

COLUMNS: Sequence[Column] = (
    ("Kernel and size", "left", lambda point: _kernel(point)),
    ("Backend", "left", lambda point: Cell(backend_cell(point.result.case))),
    (
        "First call [ms]",
        "right",
        lambda point: _time(point.first_call_s),
    ),
    ("Steady median [ms]", "right", lambda point: _steady(point)),
    ("Speedup", "right", lambda point: _gain(point)),
    ("Paid back after", "right", lambda point: _calls(point.paid_back_after)),
    ("Verified", "left", lambda point: Cell(verified_cell(point.result), _error(point))),
    ("Correct digits", "right", lambda point: Cell(digits_text(point.result), _digits(point))),
)


def case_columns(records: Sequence[RunRecord]) -> list[tuple[str, Align]]:
    """Return the headings of the table of all cases."""
    first: list[tuple[str, Align]] = [("Record", "left")] if len(records) > 1 else []
    return first + [(name, align) for name, align, _ in COLUMNS]


def case_rows(records: Sequence[RunRecord], found: Iterable[Point]) -> list[Row]:
    """Return the rows of that table: every case that ran."""
    names = record_names(records)
    rows = []
    for point in found:
        if point.result.status not in NOT_RUN:
            cells = [cell(point) for _, _, cell in COLUMNS]
            if len(records) > 1:
                cells.insert(0, Cell(names[point.record]))
            rows.append(Row(point.record, point.result.case.id, point.result.status, cells))
    return rows


def choices(found: Sequence[Point]) -> dict[str, list[str]]:
    """Return what can be filtered by, with the values that occur."""
    cases = [point.result.case for point in found if point.result.status not in NOT_RUN]
    return {
        "suite": _unique(case.suite for case in cases),
        "backend": [*styles(cases)],
        "dtype": _unique(case.dtype for case in cases),
        "preset": _unique(case.preset for case in cases),
        "device": _unique(case.device for case in cases),
        "status": _unique(point.result.status for point in found),
    }


def headline(found: Sequence[Point]) -> list[tuple[str, str]]:
    """Return the few numbers that stand on top of the page."""
    ran = [point for point in found if point.result.status not in NOT_RUN]
    ok = [point for point in ran if point.result.status == "ok"]
    broken = sum(point.result.status in BROKEN for point in ran)
    errors = [error for point in ok if (error := _error(point)) is not None]
    gains = [point.speedup.point for point in ok if point.speedup is not None]
    lines = [
        ("cases verified", f"{len(ok)} of {len(ran)}"),
        ("kernels and sizes", str(len({point.result.case.group_id for point in ran}))),
        ("backends", str(len({point.result.case.backend for point in ran}))),
    ]
    if broken:
        lines.insert(1, ("cannot be trusted", str(broken)))
    if gains:
        lines.append((f"largest speedup over {REFERENCE}", units.ratio(max(gains))))
    if errors:
        lines.append(("largest relative error", units.error(max(errors))))
    warned = sum(bool(point.result.warnings) for point in ran)
    return [*lines, ("cases with a warning", str(warned))]


def plot_data(records: Sequence[RunRecord], found: Sequence[Point]) -> dict[str, Any]:
    """Return what the plots draw: verified cases only, since a wrong answer has no speed."""
    drawn = [point for point in found if point.result.status == "ok"]
    places = {id(point): place for place, point in enumerate(drawn)}
    return {
        "reference": REFERENCE,
        "records": [
            {"name": name, "ceilings": record.environment.ceilings}
            for name, record in zip(record_names(records), records, strict=True)
        ],
        "styles": [
            [label, style.light, style.dark, style.marker, style.number]
            for label, style in styles(point.result.case for point in found).items()
        ],
        "cases": [_case(point) for point in drawn],
        "scalings": [_scaling(lines, places) for lines in size_lines(drawn)],
    }


def _case(point: Point) -> dict[str, Any]:
    result, steady = point.result, point.steady_s
    assert steady is not None  # only measured cases are ok
    return {
        "id": result.case.id,
        "record": point.record,
        "size": size_text(result.case),
        "first": point.first_call_s,
        "steady": [steady.point, steady.low, steady.high],
        "speedup": point.speedup and [point.speedup.point, point.speedup.low, point.speedup.high],
        "paid": point.paid_back_after,
        "error": _error(point),
        "digits": _digits(point),
        "flops": result.flops,
        "bytes": result.nbytes,
        "runs": [_thinned(measured.times_s) for measured in result.measurements],
        "warmup": [_thinned(measured.warmup_times_s) for measured in result.measurements],
        "tip": _tip(point),
        "warned": bool(result.warnings),
    }


def _tip(point: Point) -> list[str]:
    """Return the lines that a plot shows for the case under the pointer."""
    result = point.result
    lines = [
        f"{result.case.label} on {result.case.device}, {result.case.dtype}",
        f"{result.case.kernel_id} ({size_text(result.case)})",
    ]
    if point.steady_s is not None:
        interval = _interval(point.steady_s, units.milliseconds)
        doubt = "" if settled(result) else ", never settled"
        lines.append(f"steady {units.milliseconds(point.steady_s.point)} ms [{interval}]{doubt}")
    if point.first_call_s is not None:
        lines.append(f"first call {units.milliseconds(point.first_call_s)} ms")
    if point.speedup is not None:
        interval = _interval(point.speedup, units.ratio)
        lines.append(f"{units.ratio(point.speedup.point)} {REFERENCE} [{interval}]")
    lines.append(f"verified: {verified_cell(result)}")
    return lines + [f"⚠ {warning}" for warning in result.warnings]


def _scaling(shown: SizeLines, places: dict[int, int]) -> dict[str, Any]:
    return {
        "record": shown.record,
        "kernel": shown.kernel_id,
        "dtype": shown.dtype,
        "fixed": shown.fixed,
        "axis": shown.axis,
        "lines": [
            {"sizes": line.sizes, "cases": [places[id(point)] for point in line.points]}
            for line in shown.lines
        ],
        "crossings": [
            {
                "label": crossing.label,
                "size": crossing.size,
                "seconds": crossing.seconds,
                "text": crossing_text(shown, crossing),
            }
            for crossing in shown.crossings
        ],
    }


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _thinned(times: Sequence[float]) -> list[float]:
    step = math.ceil(len(times) / MAX_SAMPLES)
    return [float(f"{time:.5g}") for time in times[:: max(1, step)]]


def _time(seconds: float | None) -> Cell:
    return Cell(units.milliseconds(seconds), seconds)


def _kernel(point: Point) -> Cell:
    case = point.result.case
    return Cell(f"`{case.kernel_id}`", None, size_text(case))


def _calls(number: int | None) -> Cell:
    if number is None:
        return Cell(units.MISSING)
    return Cell("1 call" if number == 1 else f"{number} calls", number)


def _estimate(estimate: Estimate | None, text: Callable[[float], str]) -> Cell:
    if estimate is None:
        return Cell(units.MISSING)
    return Cell(text(estimate.point), estimate.point, _interval(estimate, text))


def _steady(point: Point) -> Cell:
    cell = _estimate(point.steady_s, units.milliseconds)
    if point.steady_s is not None and not settled(point.result):
        return Cell(steady_cell(point.result), cell.value, "never settled")
    return cell


def _gain(point: Point) -> Cell:
    cell, bounds = _estimate(point.speedup, units.ratio), point.speedup_bounds
    if bounds is None or bounds[0] == bounds[1]:
        return cell
    return Cell(units.ratio_range(bounds), cell.value, "never settled")


def _interval(estimate: Estimate, text: Callable[[float], str]) -> str:
    return f"{text(estimate.low)} – {text(estimate.high)}"


def _error(point: Point) -> float | None:
    verification = point.result.verification
    if verification is None or point.result.case.label == REFERENCE:
        return None
    return verification.max_rel_err


def _digits(point: Point) -> float | None:
    """Return the digits that agree with the truth, where there is one."""
    verification = point.result.verification
    return verification.correct_digits if verification else None
