"""Every kernel on every backend: the smallest preset, in real workers, verified.

The cases come from one run of the command line, as a user would start it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.discovery import discover
from bench_harness.environment import gpu_present
from bench_harness.model import CaseResult
from bench_harness.plan import SMOKE_PRESET, Request, make_plan
from tests.conftest import skip_or_fail

CASES = [
    planned.case.id
    for group in make_plan(discover(), Request(presets=(SMOKE_PRESET,)), gpu_present())
    for planned in group.cases
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CaseResult]:
    """Run every smoke preset once and return the results by case id."""
    output = tmp_path_factory.mktemp("contract") / "run.json"
    command = [sys.executable, "-m", "bench_harness", "run", "--presets", "smoke", "--quiet"]
    command += ["--warmup-runs", "1", "--timed-runs", "2", "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path.cwd())
    assert output.exists(), done.stderr
    return {result.case.id: result for result in store.load(output).results}


@pytest.mark.parametrize("case_id", CASES)
def test_case_is_verified(case_id: str, results: dict[str, CaseResult]) -> None:
    result = results[case_id]
    if result.status in ("unsupported", "skipped"):
        assert result.reason, "an empty cell must be earned"
        pytest.skip(f"{result.status}: {result.reason}")
    if result.status == "unavailable":
        skip_or_fail(result.case.backend, result.reason or "")
    assert result.status == "ok", f"{result.reason}\n{result.details}"
    assert result.verification is not None
    assert result.verification.passed
    assert result.measurements[0].times_s
