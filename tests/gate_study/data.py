"""The data behind the report, small enough to be committed: pool and gate runs in one file."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from bench_harness import store
from bench_harness.model import Comparison
from tests.gate_study.cases import EXTRA, GATED

FILE = Path(__file__).resolve().parents[2] / "results/reports/gate.json"
DIGITS = 5


def compact(folder: Path, machine: str) -> dict[str, Any]:
    """Return what was recorded under a folder, times in microseconds to five digits."""
    pool: dict[str, list[Any]] = {selector: [] for selector in (*GATED, *EXTRA)}
    for file in sorted(folder.glob("pool-*.json")):
        for result in store.load(file).results:
            selector = "/".join(result.case.id.split("/")[:4])
            pool[selector] += [
                [_us(m.probe_s or 0.0), [_us(time) for time in m.times_s]]
                for m in result.measurements
            ]
    return {"machine": machine, "pool": pool, "runs": [*_runs(folder / "runs")]}


def call_seconds(folder: Path) -> dict[str, float]:
    """Return what an undisturbed call of each case takes, by the pool."""
    pool = compact(folder, "")["pool"]
    return {
        selector: 1e-6 * statistics.median(min(times) for _, times in pool[selector])
        for selector in GATED
    }


def _us(seconds: float) -> float:
    return float(f"{seconds * 1e6:.{DIGITS}g}")


def _runs(folder: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted(folder.glob("*/exit.json")):
        run = json.loads(file.read_text())
        path = file.with_name("comparison.json")
        if not path.exists():
            continue
        comparison = Comparison.model_validate_json(path.read_text())
        records = [store.load(file.with_name(f"{side}.json")) for side in ("base", "head")]
        run["duration_s"] = round(comparison.duration_s or 0.0, 1)
        run["processes"] = sum(len(r.measurements) for record in records for r in record.results)
        run["cases"] = {
            "/".join(case.case.id.split("/")[:4]): {
                "verdict": case.verdict,
                "ratio": None if case.ratio is None else round(case.ratio.point, 4),
                "used": [case.base_processes, case.head_processes],
                "could_see": None
                if case.smallest_effect is None
                else round(case.smallest_effect, 4),
            }
            for case in comparison.cases
        }
        found.append(run)
    return found


def save(data: dict[str, Any]) -> None:
    """Write the file, one process or run a line."""
    lines = ['{"machine": ' + json.dumps(data["machine"]) + ',\n"pool": {']
    blocks = [
        f"{json.dumps(selector)}: [\n" + ",\n".join(map(_tight, processes)) + "\n]"
        for selector, processes in data["pool"].items()
    ]
    lines.append(",\n".join(blocks) + '},\n"runs": [')
    lines.append(",\n".join(map(_tight, data["runs"])) + "\n]}")
    FILE.write_text("\n".join(lines) + "\n")


def _tight(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def load() -> dict[str, Any]:
    """Read the file."""
    data: dict[str, Any] = json.loads(FILE.read_text())
    return data
