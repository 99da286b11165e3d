"""github-action-benchmark, tool ``customSmallerIsBetter``: a list of name, unit, value."""

from __future__ import annotations

import json
from typing import Any

from bench_harness import units
from bench_harness.integrations.formats import trusted
from bench_harness.model import CaseResult, RunRecord
from bench_harness.stats.bootstrap import median_interval
from bench_harness.summary import first_call_s, samples_of

MS = 1e3


def export(record: RunRecord) -> str:
    """Return the steady median of each case.

    A case without one is left out: the action reads a ``null`` as 0, the fastest time of all.
    """
    entries = [_entry(result) for result in trusted(record)]
    return json.dumps(entries, indent=1, allow_nan=False) + "\n"


def _entry(result: CaseResult) -> dict[str, Any]:
    steady = median_interval(samples_of(result))
    half = max(steady.high - steady.point, steady.point - steady.low)
    lines = [f"{len(result.measurements)} processes, {sum(map(len, samples_of(result)))} runs"]
    first = first_call_s(result)
    if first is not None:
        lines.append(f"first call {units.seconds(first)}")
    if result.verification is not None and result.verification.max_rel_err is not None:
        lines.append(f"largest relative error {units.error(result.verification.max_rel_err)}")
    return {
        "name": result.case.id,
        "unit": "ms",
        "value": steady.point * MS,
        "range": f"± {units.significant(half * MS, 3)}",
        "extra": "\n".join(lines),
    }
