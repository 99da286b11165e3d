"""pyperf's JSON, version 1.0: a run for each process, its warm-ups beside its values."""

from __future__ import annotations

import json
from typing import Any

from bench_harness.errors import RecordError
from bench_harness.integrations.formats import foreign, trusted
from bench_harness.model import CaseResult, Cpu, Environment, Measurement, RunRecord

TOOL = "pyperf"
VERSION = "1.0"
FIRST_CALL = "bench_harness_first_call_s"
PARAMS = "bench_harness_params"


def export(record: RunRecord) -> str:
    """Return the timed runs of each case; the first call is the first warm-up."""
    benchmarks = [_benchmark(result, record) for result in trusted(record)]
    suite = {"version": VERSION, "benchmarks": benchmarks, "metadata": _machine(record)}
    return json.dumps(suite, allow_nan=False) + "\n"


def _machine(record: RunRecord) -> dict[str, Any]:
    machine = record.environment
    return {
        "hostname": machine.host,
        "platform": machine.os,
        "cpu_model_name": machine.cpu.model,
        **({"cpu_count": machine.cpu.logical_cores} if machine.cpu.logical_cores else {}),
        "python_version": machine.python,
        "python_implementation": machine.python_implementation.lower(),
        "unit": "second",
    }


def _benchmark(result: CaseResult, record: RunRecord) -> dict[str, Any]:
    error = result.verification.max_rel_err if result.verification else None
    return {
        "runs": [_run(measurement, record) for measurement in result.measurements],
        "metadata": {
            "name": result.case.id,
            PARAMS: json.dumps(result.case.params),
            **({} if error is None else {"max_relative_error": error}),
        },
    }


def _run(measurement: Measurement, record: RunRecord) -> dict[str, Any]:
    warmups = [[1, time] for time in measurement.warmup_times_s]
    metadata: dict[str, Any] = {
        "date": record.started_at.partition("+")[0],
        "loops": measurement.calls_per_run,
    }
    if measurement.first_call_s is not None:
        warmups.insert(0, [1, measurement.first_call_s])
        metadata[FIRST_CALL] = measurement.first_call_s
    # No clock of ours gives 0 for a run of 1 ms; pyperf refuses values that are not positive.
    values = [max(time, 1e-12) for time in measurement.times_s]
    return {"metadata": metadata, "warmups": warmups, "values": values}


def parse(text: str, where: str) -> RunRecord:
    """Return a pyperf file as a record; benchmarks of bytes or counts are left out."""
    data = foreign.load_json(text, where, TOOL)
    if data.get("version") != VERSION:
        raise RecordError(
            f"{where} has pyperf's format version {data.get('version')!r}; version {VERSION!r} is "
            "read. 'python -m pyperf convert FILE --output NEW' writes it anew."
        )
    common = data.get("metadata") or {}
    results, metadata = [], dict(common)
    for number, benchmark in enumerate(data["benchmarks"]):
        place = f"{where}, benchmark {number + 1}"
        try:
            shared = {**common, **benchmark.get("metadata", {})}
            runs = [(run, {**shared, **run.get("metadata", {})}) for run in benchmark["runs"]]
        except (AttributeError, KeyError, TypeError) as error:
            raise RecordError(f"{place} is no benchmark of pyperf.") from error
        if not runs or runs[0][1].get("unit", "second") != "second":
            continue
        metadata = {**runs[0][1], **metadata}
        name = str(runs[0][1].get("name", foreign.UNKNOWN))
        measured = [_measurement(run, known, place) for run, known in runs if run.get("values")]
        if measured:
            case = foreign.case_named(name, TOOL, _params(shared))
            results.append(foreign.imported_result(case, measured))
    date = str(metadata.get("date", ""))
    return foreign.imported_record(TOOL, where, date, _environment(metadata), results)


def _params(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        params = json.loads(metadata.get(PARAMS, "{}"))
    except (TypeError, ValueError):
        return {}
    return params if isinstance(params, dict) else {}


def _measurement(run: dict[str, Any], metadata: dict[str, Any], place: str) -> Measurement:
    warmups = foreign.seconds([pair[-1] for pair in run.get("warmups") or []], place)
    first = metadata.get(FIRST_CALL)
    return Measurement(
        first_call_s=first,
        warmup_times_s=warmups if first is None else warmups[1:],
        times_s=foreign.seconds(run["values"], place),
        calls_per_run=metadata.get("loops", 1) * metadata.get("inner_loops", 1),
    )


def _environment(metadata: dict[str, Any]) -> Environment:
    known = {name: str(value) for name, value in metadata.items()}
    cores = metadata.get("cpu_count")
    return Environment(
        host=known.get("hostname", foreign.UNKNOWN),
        os=known.get("platform", foreign.UNKNOWN),
        python=known.get("python_version", foreign.UNKNOWN).partition(" ")[0],
        python_implementation=known.get("python_implementation", foreign.UNKNOWN),
        cpu=Cpu(
            model=known.get("cpu_model_name", foreign.UNKNOWN),
            logical_cores=cores if isinstance(cores, int) else None,
        ),
    )
