"""The data behind the report, small enough to be committed: pool and gate runs in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench_harness import store
from bench_harness.comparison import Comparison
from bench_harness.model import Measurement, RunRecord
from tests.gate_study.cases import GATED

FILE = Path(__file__).resolve().parents[2] / "results/reports/gate.json"
DIGITS = 5
MEANS = 10


class Process(NamedTuple):
    """What is kept of a process, in microseconds."""

    probe: float
    """The fastest pass of the loop that tells the core's pace."""
    fastest: float
    median: float
    means: list[float]
    """Of as many equal parts of its runs, in order."""


Pool = dict[str, list[Process]]


def compact(folder: Path, machine: str) -> dict[str, Any]:
    """Return what the runs under a folder recorded.

    The pool is every process of theirs that ran the code as it is: base, and head where it was
    not slowed. What the file holds of runs before the gate was last changed is kept.
    """
    pool: Pool = {selector: [] for selector in GATED}
    found = []
    for file in sorted((folder / "runs").glob("*/exit.json")):
        if not file.with_name("comparison.json").exists():
            continue
        run = json.loads(file.read_text())
        records = [store.load(file.with_name(f"{side}.json")) for side in ("base", "head")]
        found.append({**run, **_summary(file.with_name("comparison.json"), records)})
        for record, slowed in zip(records, ({}, run["slowed"]), strict=True):
            for result in record.results:
                selector = "/".join(result.case.id.split("/")[:4])
                if selector not in slowed:
                    pool[selector] += map(_process, result.measurements)
    return {"machine": machine, "pool": pool, "runs": found, "before": load()["before"]}


def _process(measurement: Measurement) -> Process:
    times = np.array(measurement.times_s)
    return Process(
        _us(measurement.probe_s or 0.0),
        _us(times.min()),
        _us(np.median(times)),
        [_us(part.mean()) for part in np.array_split(times, MEANS)],
    )


def _summary(path: Path, records: Sequence[RunRecord]) -> dict[str, Any]:
    comparison = Comparison.model_validate_json(path.read_text())
    return {
        "duration_s": round(comparison.duration_s or 0.0, 1),
        "processes": sum(len(r.measurements) for record in records for r in record.results),
        "cases": {
            "/".join(case.case.id.split("/")[:4]): {
                "verdict": case.verdict,
                "ratio": None if case.ratio is None else round(case.ratio.point, 4),
                "used": [case.base_processes, case.head_processes],
                "could_see": None
                if case.smallest_effect is None
                else round(case.smallest_effect, 4),
            }
            for case in comparison.cases
        },
    }


def _us(seconds: float) -> float:
    return float(f"{seconds * 1e6:.{DIGITS}g}")


def save(data: dict[str, Any]) -> None:
    """Write the file, one process or run a line."""
    lines = ['{"machine": ' + json.dumps(data["machine"]) + ',\n"pool": {']
    blocks = [
        f"{json.dumps(selector)}: [\n" + ",\n".join(map(_tight, processes)) + "\n]"
        for selector, processes in data["pool"].items()
    ]
    lines.append(",\n".join(blocks) + '},\n"runs": [')
    lines.append(",\n".join(map(_tight, data["runs"])) + '\n],\n"before": [')
    lines.append(",\n".join(map(_tight, data["before"])) + "\n]}")
    FILE.write_text("\n".join(lines) + "\n")


def _tight(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def load() -> dict[str, Any]:
    """Read the file."""
    data: dict[str, Any] = json.loads(FILE.read_text())
    pool = {
        case: [Process(*found) for found in found_all] for case, found_all in data["pool"].items()
    }
    return {**data, "pool": pool}
