"""pytest-benchmark's JSON, as ``--benchmark-json`` writes it and ``--benchmark-compare`` reads."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from bench_harness.errors import RecordError
from bench_harness.integrations.formats import foreign, trusted
from bench_harness.model import (
    Case,
    CaseResult,
    Cpu,
    Environment,
    Measurement,
    RunRecord,
    Source,
)
from bench_harness.summary import first_call_s, samples_of

TOOL = "pytest-benchmark"
VERSION = "5.3.1"
"""The version whose format this is."""
FIVE_NUMBERS = ("min", "q1", "median", "q3", "max")


def title_of(case: Case) -> str:
    """Return a case's name within its kernel, in the way of a parametrised test."""
    return f"{case.kernel}[{case.preset}/{case.label}/{case.device}/{case.dtype}]"


def facts(result: CaseResult) -> dict[str, Any]:
    """Return what pytest-benchmark has no field for, as ``extra_info``."""
    case = result.case
    return {
        "case": case.id,
        "kernel": case.kernel_id,
        "preset": case.preset,
        "params": case.params,
        "calls_per_run": max((m.calls_per_run for m in result.measurements), default=1),
        "backend": case.label,
        "device": case.device,
        "dtype": case.dtype,
        "first_call_s": first_call_s(result),
        "max_rel_err": result.verification.max_rel_err if result.verification else None,
    }


def export(record: RunRecord) -> str:
    """Return each case as a benchmark, named by its id, in the group of its kernel."""
    source = record.environment.source
    data = {
        "machine_info": _machine(record.environment),
        "commit_info": {
            "id": source.commit if source else foreign.UNKNOWN,
            "time": None,
            "author_time": None,
            "dirty": source.dirty if source else False,
            "project": "bench-harness",
            "branch": source.branch if source and source.branch else "(unknown)",
        },
        "benchmarks": [_benchmark(result) for result in trusted(record)],
        "datetime": record.started_at,
        "version": VERSION,
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _machine(machine: Environment) -> dict[str, Any]:
    return {
        "node": machine.host,
        "processor": machine.cpu.model,
        "machine": foreign.UNKNOWN,
        "python_compiler": machine.compiler or foreign.UNKNOWN,
        "python_implementation": machine.python_implementation,
        "python_implementation_version": machine.python,
        "python_version": machine.python,
        "python_build": ["", ""],
        "release": machine.os,
        "system": machine.os.partition(" ")[0],
        "cpu": {"brand_raw": machine.cpu.model, "count": machine.cpu.logical_cores},
    }


def _benchmark(result: CaseResult) -> dict[str, Any]:
    times = [time for process in samples_of(result) for time in process]
    calls = max(measurement.calls_per_run for measurement in result.measurements)
    return {
        "group": result.case.group_id,
        "name": title_of(result.case),
        "fullname": result.case.id,
        "params": None,
        "param": None,
        "extra_info": facts(result),
        "options": {
            "disable_gc": True,
            "timer": "perf_counter",
            "min_rounds": len(times),
            "max_time": 0.0,
            "min_time": 0.0,
            "warmup": bool(result.measurements[0].warmup_times_s),
        },
        "stats": {**_statistics(times), "data": times, "iterations": calls},
    }


def _statistics(times: list[float]) -> dict[str, Any]:
    """Return the statistics by pytest-benchmark's own definitions."""
    data = np.sort(times)
    q1, q3 = _lower_quartile(data), _lower_quartile(data[::-1])
    mean, deviation = float(data.mean()), float(data.std(ddof=1)) if data.size > 1 else 0.0
    fence = 1.5 * (q3 - q1)
    beyond_fence = int(np.sum((data < q1 - fence) | (data > q3 + fence)))
    beyond_deviation = int(np.sum(np.abs(data - mean) > deviation))
    return {
        "min": float(data[0]),
        "max": float(data[-1]),
        "mean": mean,
        "stddev": deviation,
        "rounds": int(data.size),
        "median": float(np.median(data)),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": beyond_fence,
        "stddev_outliers": beyond_deviation,
        "outliers": f"{beyond_deviation};{beyond_fence}",
        "ld15iqr": float(data[data >= q1 - fence][0]),
        "hd15iqr": float(data[data <= q3 + fence][-1]),
        "ops": 1.0 / mean if mean else 0.0,
        "total": float(data.sum()),
    }


def _lower_quartile(data: np.ndarray) -> float:
    """Return the quartile of sorted data: methods 2 and 3 of Wikipedia's *Quartile*."""
    n, rest = divmod(data.size, 4)
    if data.size == 1:
        return float(data[0])
    if rest % 2 == 0:
        return float(np.median(data[: data.size // 2]))
    if rest == 1:
        return float(0.25 * data[n - 1] + 0.75 * data[n])
    return float(0.75 * data[n] + 0.25 * data[n + 1])


def parse(text: str, where: str) -> RunRecord:
    """Return a pytest-benchmark file as a record.

    A file without the single times (``--benchmark-save`` without ``--benchmark-save-data``)
    gives minimum, quartiles and maximum instead, and each case a warning that says so.
    """
    data = foreign.load_json(text, where, TOOL)
    results = []
    for number, benchmark in enumerate(data["benchmarks"]):
        place = f"{where}, benchmark {number + 1}"
        try:
            results.append(_result(benchmark, place))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            raise RecordError(f"{place} is no benchmark of {TOOL}: {error!r}.") from error
    environment = _environment(data.get("machine_info") or {}, data.get("commit_info") or {})
    return foreign.imported_record(TOOL, where, str(data.get("datetime", "")), environment, results)


def _result(benchmark: dict[str, Any], place: str) -> CaseResult:
    stats, extra = benchmark["stats"], benchmark.get("extra_info") or {}
    times, warnings = stats.get("data"), []
    if not times:
        times = [stats[name] for name in FIVE_NUMBERS]
        warnings.append(
            f"the file has no single times: minimum, quartiles and maximum stand for "
            f"{stats['rounds']} of them; save with --benchmark-save-data or --benchmark-json"
        )
    params = extra.get("params")
    name = str(extra.get("case") or benchmark["fullname"])
    case = foreign.case_named(name, TOOL, params if isinstance(params, dict) else None)
    first = extra.get("first_call_s")
    measurement = Measurement(
        first_call_s=first if isinstance(first, float) else None,
        warmup_times_s=[],
        times_s=foreign.seconds(times, place),
        calls_per_run=stats.get("iterations", 1),
    )
    return foreign.imported_result(case, [measurement], warnings)


def _environment(machine: dict[str, Any], commit: dict[str, Any]) -> Environment:
    cpu = machine.get("cpu") or {}
    cores = cpu.get("count")
    name = commit.get("id")
    is_hash = isinstance(name, str) and re.fullmatch("[0-9a-f]{7,64}", name)
    system = " ".join(str(machine[key]) for key in ("system", "release") if machine.get(key))
    return Environment(
        host=str(machine.get("node") or foreign.UNKNOWN),
        os=system or foreign.UNKNOWN,
        python=str(machine.get("python_version") or foreign.UNKNOWN),
        python_implementation=str(machine.get("python_implementation") or foreign.UNKNOWN),
        cpu=Cpu(
            model=str(cpu.get("brand_raw") or machine.get("processor") or foreign.UNKNOWN),
            logical_cores=cores if isinstance(cores, int) else None,
        ),
        source=Source(
            commit=str(name), dirty=bool(commit.get("dirty")), branch=commit.get("branch")
        )
        if is_hash
        else None,
    )
