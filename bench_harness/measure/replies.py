"""What workers and verifiers answer, or how they ended, as parts of a `CaseResult`.

Suite code can write a reply as well: nothing in one is believed before it is validated.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from bench_harness import units
from bench_harness.backends import REFERENCE, get_adapter
from bench_harness.measure.noise import measurement_warnings
from bench_harness.model import (
    BackendInfo,
    Case,
    CaseResult,
    FigureValue,
    GradientResult,
    Measurement,
    RunConfig,
    Status,
    SteadyState,
    Verification,
)
from bench_harness.process import Outcome
from bench_harness.stats.steady import classify


def as_result(case: Case, outcome: Outcome, config: RunConfig, threads: int) -> CaseResult:
    """Turn a worker's end into a result; a reply counts only if the worker wrote it whole."""
    if outcome.reply is None:
        return _without_reply(case, outcome, config)
    reply = outcome.reply
    try:
        if reply["status"] != "ok":
            details = reply.get("details") or outcome.stderr_tail or None
            return CaseResult(
                case=case, status=reply["status"], reason=reply["reason"], details=details
            )
        measurement = Measurement.model_validate(reply["measurement"] | _life(outcome))
        steady = {"steady_state": _steady(measurement)}
        measurement = measurement.model_copy(update=steady)
        warnings = [reply["cut"]] if reply["cut"] else []
        warnings += measurement_warnings(measurement, threads)
        backend_info(case, reply)
        return CaseResult(case=case, status="ok", measurements=[measurement], warnings=warnings)
    except (KeyError, TypeError, ValidationError) as error:
        reason = f"the worker's answer is invalid: {error}"
        return CaseResult(case=case, status="crashed", reason=reason)


def backend_info(case: Case, reply: Mapping[str, Any]) -> BackendInfo:
    """Return what a worker that is ok told of its backend."""
    version = get_adapter(case.backend).version()
    return BackendInfo.model_validate({"version": version, **reply["backend"]})


def as_verdict(outcome: Outcome) -> dict[str, Any]:
    """Return the fields of a `CaseResult` that a verifier's answer sets."""
    if outcome.reply is None:
        reason = f"the verifier {outcome.how_it_ended()}"
        return {"status": "unchecked", "reason": reason, "details": outcome.stderr_tail}
    try:
        return _verdict(outcome.reply)
    except (KeyError, ValidationError) as error:
        return {"status": "unchecked", "reason": f"the verifier's answer is invalid: {error}"}


def merge(known: CaseResult | None, new: CaseResult) -> CaseResult:
    """Add the measurement of one more process to a case; the first broken one decides."""
    if known is None:
        return new
    if known.status != "ok":
        return known
    if new.status != "ok":
        return new
    merged = {
        "warnings": list(dict.fromkeys([*known.warnings, *new.warnings])),
        "measurements": [*known.measurements, *new.measurements],
        "one_thread": [*known.one_thread, *new.one_thread],
    }
    return new.model_copy(update=merged)


def _without_reply(case: Case, outcome: Outcome, config: RunConfig) -> CaseResult:
    status: Status = "crashed"
    reason = f"the worker {outcome.how_it_ended()}"
    if outcome.timed_out:
        status = "timeout"
        reason = f"no answer within {config.timeout_s:g} s (--timeout)"
    elif outcome.over_memory:
        limit = units.size(config.memory_limit_bytes)
        status, reason = "out_of_memory", f"had more than {limit} resident (--memory-limit)"
    elif "bad_alloc" in outcome.stderr_tail:
        status = "out_of_memory"
    elif outcome.returncode == -signal.SIGKILL:
        reason += "; nobody but the system's out-of-memory killer is known to do that"
    details = outcome.stderr_tail or None
    return CaseResult(case=case, status=status, reason=reason, details=details)


def _life(outcome: Outcome) -> dict[str, Any]:
    """Return the worker's whole life: what it told, and its end as the parent saw it."""
    reply = outcome.reply or {}
    if "phases_s" not in reply:
        return {}
    ending = max(0.0, outcome.ended_s - reply["closed_at_s"])
    return {
        "phases_s": {**reply["phases_s"], "exit": ending},
        "worker_wall_s": outcome.ended_s - outcome.started_s,
    }


def _steady(measurement: Measurement) -> SteadyState | None:
    found = classify(measurement.times_s, measurement.calls_per_run)
    return None if found is None else SteadyState(**asdict(found))


def _verdict(reply: Mapping[str, Any]) -> dict[str, Any]:
    verification = Verification.model_validate({"reference": REFERENCE, **reply["verification"]})
    gradient = reply.get("gradient") and GradientResult.model_validate(reply["gradient"])
    failures = list(verification.failures)
    if not verification.passed and not failures:
        failures.append("nothing was compared")
    if gradient:
        failures += [f"gradient: {gradient.problem}"] if gradient.problem else []
        failures += [
            f"gradient in {d.name}: {d.problem}" for d in gradient.derivatives if d.problem
        ]
    return {
        "status": "wrong" if failures else "ok",
        "reason": "; ".join(failures) or None,
        "gradient": gradient or None,
        "verification": verification,
        "figures": [FigureValue.model_validate(figure) for figure in reply["figures"]],
        "warnings": list(reply["remarks"]),
        "flops": reply.get("flops"),
        "nbytes": reply.get("nbytes"),
        "details": reply.get("details"),
    }
