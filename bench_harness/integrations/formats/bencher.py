"""Bencher Metric Format: ``{benchmark: {measure: {value, lower_value, upper_value}}}``."""

from __future__ import annotations

import json
from typing import Any

from bench_harness.integrations.formats import trusted
from bench_harness.model import CaseResult, RunRecord
from bench_harness.stats.bootstrap import median_interval
from bench_harness.summary import first_call_s, samples_of

NS = 1e9
"""Bencher's built-in measure ``latency`` is in nanoseconds."""


def export(record: RunRecord) -> str:
    """Return the latency with its interval, the first call and the error of each case."""
    metrics = {result.case.id: _measures(result) for result in trusted(record)}
    return json.dumps(metrics, indent=1, allow_nan=False) + "\n"


def _measures(result: CaseResult) -> dict[str, Any]:
    steady = median_interval(samples_of(result))
    measures = {
        "latency": {
            "value": steady.point * NS,
            "lower_value": steady.low * NS,
            "upper_value": steady.high * NS,
        }
    }
    first = first_call_s(result)
    if first is not None:
        measures["first-call"] = {"value": first * NS}
    error = result.verification.max_rel_err if result.verification else None
    if error is not None:
        measures["max-relative-error"] = {"value": error}
    return measures
