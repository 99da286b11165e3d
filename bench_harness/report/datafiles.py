"""Records as flat rows, one per case: CSV, and what a data frame is made of."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from bench_harness.model import CaseResult, RunRecord
from bench_harness.report.environments import record_names
from bench_harness.report.points import Point, points
from bench_harness.stats.estimates import Estimate
from bench_harness.summary import settled

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at the beginning of a cell."""


def flat_rows(records: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return one row per case: times in seconds, sizes in bytes, None for what is unknown."""
    names = record_names(records)
    return [
        {
            **_case(point.result, records[point.record], names[point.record]),
            **dict(_numbers(point)),
        }
        for point in points(records)
    ]


def sample_rows(records: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return one row per timed run: what names the case, then process, run and seconds."""
    return [
        {**_case(result, record, name), "process": process, "run": run, "time_s": time}
        for record, name in zip(records, record_names(records), strict=True)
        for result in record.results
        for process, measured in enumerate(result.measurements)
        for run, time in enumerate(measured.times_s)
    ]


def _case(result: CaseResult, record: RunRecord, name: str) -> dict[str, Any]:
    case = result.case
    parts = ("suite", "kernel", "preset", "params", "backend", "variant", "device", "dtype")
    return {
        "record": name,
        "host": record.environment.host,
        "started_at": record.started_at,
        "case": case.id,
        **{part: getattr(case, part) for part in parts},
        "threads": record.config.threads,
        "status": result.status,
    }


def _numbers(point: Point) -> Iterator[tuple[str, Any]]:
    result, verification = point.result, point.result.verification
    measured = result.measurements[0] if result.measurements else None
    rate = 1 / point.steady_s.point if point.steady_s and point.steady_s.point > 0 else None
    yield from (("reason", result.reason), ("processes", len(result.measurements)))
    for phase in ("import_s", "init_s", "setup_s"):
        yield phase, measured and getattr(measured, phase)
    yield from (("first_call_s", point.first_call_s), ("steady_mean_s", point.mean_s))
    yield from _estimate("steady_median", "_s", point.steady_s)
    yield "settled", settled(result) if measured else None
    yield from _estimate("speedup", "", point.speedup)
    yield "paid_back_after_calls", point.paid_back_after
    yield "max_rel_err", verification and verification.max_rel_err
    yield "budget_used", verification and verification.budget_used
    yield "correct_digits", verification and verification.correct_digits
    yield "flops_per_s", rate and result.flops and rate * result.flops
    yield "bytes_per_s", rate and result.nbytes and rate * result.nbytes
    yield "peak_rss_bytes", measured and measured.peak_rss_bytes
    yield "device_peak_bytes", measured and measured.device_peak_bytes
    yield "figures", {figure.label: figure.value for figure in result.figures}
    yield "warnings", [*result.warnings]


def _estimate(name: str, unit: str, found: Estimate | None) -> Iterator[tuple[str, Any]]:
    yield f"{name}{unit}", found and found.point
    yield f"{name}_low{unit}", found and found.low
    yield f"{name}_high{unit}", found and found.high


def render_csv(records: Sequence[RunRecord]) -> str:
    """Return the rows as CSV (RFC 4180): params, figures and warnings as JSON, None as nothing.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    rows = flat_rows(records)
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, allow_nan=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
