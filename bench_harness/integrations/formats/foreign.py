"""What other tools measured, as records: what their files do not say stays unknown."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bench_harness import __version__
from bench_harness.errors import RecordError
from bench_harness.model import (
    SEGMENTS,
    Case,
    CaseResult,
    Environment,
    Measurement,
    RunConfig,
    RunRecord,
)

UNKNOWN = "unknown"
NOT_VERIFIED = "imported: the times of another tool, whose answers nobody compared"


def load_json(text: str, where: str, tool: str) -> dict[str, Any]:
    """Return the object in a JSON text, or say that it is no file of that tool."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where} is no JSON file of {tool}: {error}.") from error
    if not isinstance(data, dict) or not isinstance(data.get("benchmarks"), list):
        raise RecordError(f"{where} is JSON, but no file of {tool}: it has no list 'benchmarks'.")
    return data


def case_named(name: str, suite: str, params: Mapping[str, Any] | None = None) -> Case:
    """Return the case that a benchmark's name stands for.

    A name that is a case id, as exports of bench-harness have, is that case. Of any other,
    ``path/test_x.py::test_f[a-1]`` or free text, the part before ``::`` (else `suite`) is the
    suite, the part in brackets the preset, and the backend is unknown.
    """
    try:
        known = _case_of_id(name, params or {})
    except ValidationError:
        known = None
    if known is not None:
        return known
    path, colons, rest = name.rpartition("::")
    function, bracket, label = (rest if colons else name).partition("[")
    place = re.sub(r"\.py(::|$)", r"\1", path) if colons else suite
    return Case(
        suite=_identifier(place),
        kernel=_identifier(function),
        preset=re.sub(r"[/\s]", "_", label.removesuffix("]")) if bracket else "default",
        params=dict(params or {}),
        backend=UNKNOWN,
        dtype=UNKNOWN,
        device=UNKNOWN,
    )


def _case_of_id(name: str, params: Mapping[str, Any]) -> Case | None:
    parts = name.split("/")
    if len(parts) != SEGMENTS:
        return None
    suite, kernel, preset, label, device, dtype = parts
    backend, _, variant = label.partition(".")
    return Case(
        suite=suite,
        kernel=kernel,
        preset=preset,
        params=dict(params),
        backend=backend,
        variant=variant,
        device=device,
        dtype=dtype,
    )


def _identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or UNKNOWN
    return f"_{name}" if name[0].isdecimal() else name


def seconds(values: Any, where: str) -> list[float]:
    """Return the numbers in a list, or say where there is something else."""
    if not isinstance(values, list) or not all(_is_duration(value) for value in values):
        raise RecordError(f"{where}: the times are not a list of durations in seconds.")
    return [float(value) for value in values]


def _is_duration(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
    )


def imported_result(
    case: Case, measurements: Sequence[Measurement], warnings: Sequence[str] = ()
) -> CaseResult:
    """Return the result of a case that another tool measured: nothing verified it."""
    return CaseResult(
        case=case,
        status="unchecked",
        reason=NOT_VERIFIED,
        measurements=list(measurements),
        warnings=list(warnings),
    )


def imported_record(
    tool: str,
    where: str,
    started_at: str,
    environment: Environment,
    results: Sequence[CaseResult],
) -> RunRecord:
    """Return the record of an import; refuses two benchmarks that read as one case."""
    if not results:
        raise RecordError(f"{where} holds no times that could be imported.")
    ids = [result.case.id for result in results]
    if twice := {case_id for case_id in ids if ids.count(case_id) > 1}:
        raise RecordError(
            f"{where}: two benchmarks read as case {min(twice)}, since their names differ in "
            "punctuation only. Rename one of them."
        )
    return RunRecord(
        run_id=uuid.uuid4().hex,
        started_at=started_at or UNKNOWN,
        harness_version=__version__,
        imported_from=tool,
        argv=[],
        config=RunConfig(
            warmup_runs=0,
            timed_runs=max(len(m.times_s) for r in results for m in r.measurements),
            processes=max(len(result.measurements) for result in results),
        ),
        environment=environment,
        results=list(results),
    )
