"""Records for tests: each function takes what a test cares about and makes up the rest."""

from __future__ import annotations

from typing import Any

from bench_harness.model import (
    Case,
    CaseResult,
    Cpu,
    Environment,
    Measurement,
    OutputCheck,
    RunConfig,
    RunRecord,
    Verification,
)


def make_case(label: str = "numpy", kernel: str = "sample/rms", **changed: Any) -> Case:
    """Return a case of ``suite/kernel`` on ``backend[.variant]``."""
    suite, _, name = kernel.partition("/")
    backend, _, variant = label.partition(".")
    fields = {"preset": "default", "params": {"n": 10}, **changed}
    return Case(suite=suite, kernel=name, backend=backend, variant=variant, **fields)


def make_measurement(times_s: list[float] | None = None, **changed: Any) -> Measurement:
    """Return what a worker measured; three runs of 1, 2 and 3 ms unless told otherwise."""
    fields: dict[str, Any] = {
        "interpreter_s": 0.1,
        "import_s": 0.2,
        "init_s": 0.0,
        "setup_s": 0.01,
        "first_call_s": 0.5,
        "warmup_times_s": [0.002],
        "times_s": times_s or [0.001, 0.002, 0.003],
        "calls_per_run": 1,
        "teardown_s": 0.001,
        "cpu_time_s": 0.006,
        "wall_time_s": 0.006,
        "inputs_digest": "0123456789abcdef",
    }
    return Measurement(**{**fields, **changed})


def make_verification(passed: bool = True, error: float = 1e-15) -> Verification:
    """Return a verdict on one output."""
    check = OutputCheck(
        name="rms",
        passed=passed,
        problem=None if passed else "is 2 where 1 is expected",
        max_abs_err=error,
        max_rel_err=error,
        max_ulp=error / 2.2e-16,
        budget_used=error / 1e-13,
        budget_reason="a sum of n terms",
    )
    failures = [] if passed else ["rms: is 2 where 1 is expected"]
    return Verification(reference="numpy", passed=passed, failures=failures, outputs=[check])


def make_result(label: str = "numpy", status: str = "ok", **changed: Any) -> CaseResult:
    """Return a result; measured and verified where its status says so."""
    fields: dict[str, Any] = {"case": make_case(label), "status": status}
    if status in ("ok", "wrong"):
        fields["measurements"] = [make_measurement()]
        fields["verification"] = make_verification(status == "ok")
    else:
        fields["reason"] = f"it is {status}"
    return CaseResult(**{**fields, **changed})


def make_environment(**changed: Any) -> Environment:
    """Return a machine with a name and no surprises."""
    fields: dict[str, Any] = {
        "host": "quiet",
        "os": "Linux",
        "python": "3.12.0",
        "python_implementation": "CPython",
        "cpu": Cpu(model="Processor", logical_cores=4, usable_cores=2),
        "memory_bytes": 2**34,
    }
    return Environment(**{**fields, **changed})


def make_record(*results: CaseResult, **changed: Any) -> RunRecord:
    """Return a record of the results given."""
    fields: dict[str, Any] = {
        "run_id": "0" * 32,
        "started_at": "2026-01-02T03:04:05+00:00",
        "finished_at": "2026-01-02T03:05:05+00:00",
        "harness_version": "0.1.0",
        "argv": ["bench-harness", "run"],
        "config": RunConfig(),
        "environment": make_environment(),
        "results": list(results),
    }
    return RunRecord(**{**fields, **changed})
