"""asv's folder of results, version 2: what ``asv show``, ``compare`` and ``publish`` read."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.errors import ConfigurationError, RecordError
from bench_harness.model import NOT_RUN, CaseResult, Environment, RunRecord
from bench_harness.stats.bootstrap import median_interval
from bench_harness.stats.estimates import median
from bench_harness.store import write_atomically
from bench_harness.summary import first_call_s, samples_of

PARAM_NAMES = ("preset", "backend", "device", "dtype")
CONFIDENCE = 0.99
"""asv stores 99 % intervals."""
SKIPPED = float("nan")
"""asv's word for a case that was not run; None is one that failed."""
COLUMNS = (
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
    "profile",
)

Quantity = Callable[[CaseResult], float | None]


def _steady(result: CaseResult) -> float:
    return median(samples_of(result))


def _error(result: CaseResult) -> float | None:
    return result.verification.max_rel_err if result.verification else None


def _peak(result: CaseResult) -> float | None:
    known = [m.peak_rss_bytes for m in result.measurements if m.peak_rss_bytes is not None]
    return max(known, default=None)


BENCHMARKS: dict[str, tuple[str, str, Quantity]] = {
    "time_steady": ("time", "seconds", _steady),
    "track_first_call": ("track", "seconds", first_call_s),
    "track_max_error": ("track", "relative error", _error),
    "peakmem": ("peakmemory", "bytes", _peak),
}
"""Name -> asv's type and unit, and the number. None of them is better when it is higher."""


def export(record: RunRecord, folder: Path) -> Sequence[Path]:
    """Add a record to a folder of asv results; returns the files written.

    ``benchmarks.json`` keeps what it describes already. The results of a commit are written
    once: asv knows one file for each machine, commit and environment.
    """
    source = record.environment.source
    if source is None:
        raise ConfigurationError(
            "asv files results under a commit, and the record has none: its suites were not in a "
            "git repository."
        )
    machine = _machine(record.environment)
    name = f"bench-harness-py{record.environment.python}"
    results = folder / machine["machine"] / f"{source.commit[:8]}-{name}.json"
    if results.exists():
        raise ConfigurationError(
            f"{results} exists, and is not written over. Give another --output, or remove it."
        )
    known, rows = _described(folder / "benchmarks.json"), {}
    for kernel, group in groupby(_by_kernel(record), key=lambda result: result.case.kernel_id):
        cases = list(group)
        params = _params(cases)
        for suffix in BENCHMARKS:
            title = f"{kernel.replace('/', '.')}.{suffix}"
            known[title] = _merged(known.get(title), _description(title, suffix, params))
            rows[title] = _row(title, cases, suffix, params)
    files: dict[Path, Mapping[str, Any]] = {
        results: {
            "commit_hash": source.commit,
            "env_name": name,
            "date": _commit_date_ms(source.commit, record.started_at),
            "params": {**machine, "python": record.environment.python},
            "python": record.environment.python,
            "requirements": {},
            "env_vars": {},
            "result_columns": COLUMNS,
            "results": rows,
            "durations": {},
            "version": 2,
        },
        results.with_name("machine.json"): {**machine, "version": 1},
        folder / "benchmarks.json": {**dict(sorted(known.items())), "version": 2},
    }
    for path, content in files.items():
        # Bare NaN is asv's own notation for "skipped".
        write_atomically(path, json.dumps(content, indent=1) + "\n")
    return [*files]


def _by_kernel(record: RunRecord) -> list[CaseResult]:
    return sorted(record.results, key=lambda result: result.case.kernel_id)


def _machine(environment: Environment) -> dict[str, str]:
    return {
        "machine": re.sub(r"[^\w.-]", "_", environment.host) or "unknown",
        "os": environment.os,
        "arch": "unknown",
        "cpu": environment.cpu.model,
        "num_cpu": str(environment.cpu.logical_cores or ""),
        "ram": str(environment.memory_bytes or ""),
    }


def _described(path: Path) -> dict[str, Any]:
    """Return what a folder's ``benchmarks.json`` describes already."""
    if not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read: {error}.") from error
    if not isinstance(known, dict) or known.pop("version", None) != 2:
        raise RecordError(f"{path} is not asv's list of benchmarks, version 2.")
    return known


def _key(result: CaseResult) -> tuple[str, ...]:
    case = result.case
    return case.preset, case.label, case.device, case.dtype


def _params(cases: Sequence[CaseResult]) -> list[list[str]]:
    """Return the values of each parameter, as asv writes them: the texts of Python literals."""
    values = zip(*(_key(result) for result in cases), strict=True)
    return [[repr(value) for value in dict.fromkeys(column)] for column in values]


def _description(title: str, suffix: str, params: list[list[str]]) -> dict[str, Any]:
    kind, unit, _ = BENCHMARKS[suffix]
    return {
        "name": title,
        "type": kind,
        "unit": unit,
        "param_names": list(PARAM_NAMES),
        "params": params,
        "code": f"# measured by bench-harness: {title}",
        "version": _version(title),
        "timeout": 60.0,
    }


def _merged(known: Mapping[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """Return a description that has the parameters of earlier exports as well."""
    if known is None or len(known.get("params", [])) != len(new["params"]):
        return new
    pairs = zip(known["params"], new["params"], strict=True)
    return {**new, "params": [list(dict.fromkeys([*old, *now])) for old, now in pairs]}


def _version(title: str) -> str:
    """Return what asv compares before it compares numbers; changes when their meaning does."""
    return hashlib.sha256(f"1 {title}".encode()).hexdigest()


def _row(
    title: str, cases: Sequence[CaseResult], suffix: str, params: list[list[str]]
) -> list[Any]:
    """Return one benchmark's results in the order of the product of its parameters."""
    by_key = {tuple(map(repr, _key(result))): result for result in cases}
    cells = [by_key.get(key) for key in itertools.product(*params)]
    values = [_value(cell, BENCHMARKS[suffix][2]) for cell in cells]
    row: list[Any] = [values, params, _version(title)]
    if suffix == "time_steady":
        stats = [_statistics(cell) for cell in cells]
        row += [None, None, *(list(column) for column in zip(*stats, strict=True))]
        row.append([_samples(cell) for cell in cells])
    return row


def _value(result: CaseResult | None, quantity: Quantity) -> float | None:
    if result is None or result.status in NOT_RUN:
        return SKIPPED
    return quantity(result) if result.status == "ok" else None


def _statistics(result: CaseResult | None) -> tuple[float | None, ...]:
    if result is None or result.status != "ok":
        return (None,) * 6
    steady, times = median_interval(samples_of(result), confidence=CONFIDENCE), _flat(result)
    quartiles = (float(value) for value in np.quantile(times, [0.25, 0.75]))
    return steady.low, steady.high, *quartiles, result.measurements[0].calls_per_run, len(times)


def _samples(result: CaseResult | None) -> list[float] | None:
    return None if result is None or result.status != "ok" else _flat(result)


def _flat(result: CaseResult) -> list[float]:
    return [time for process in samples_of(result) for time in process]


def _commit_date_ms(commit: str, otherwise: str) -> int:
    """Return the date of a commit in milliseconds; that of the run where git does not know it."""
    command = ["git", "show", "-s", "--format=%ct", commit]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        return int(done.stdout) * 1000
    except (OSError, subprocess.SubprocessError, ValueError):
        return int(datetime.fromisoformat(otherwise).timestamp() * 1000)
