"""Kernels that fail in every known way: each gets its status, and costs nobody else anything."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psutil
import pytest

from bench_harness import store
from bench_harness.model import CaseResult
from tests.cli.command import MISBEHAVING, QUICK, call

pytestmark = pytest.mark.slow  # one run of 24 workers, one of which has to time out

EXPECTED = {
    "broadcasts": ("wrong", "plus: has shape (5, 1), expected (5,)"),
    "daemon": ("ok", None),
    "dtype": ("wrong", "plus: has dtype float32, expected float64"),
    "eats": ("ok", None),  # there is enough for it, unless --memory-limit says otherwise
    "exits": ("crashed", "the worker ended with exit code 3 and no reply"),
    "extra": ("wrong", "returned 3 outputs where (plus, minus) are expected"),
    "forks": ("ok", None),
    "forges": ("crashed", "the worker's answer is invalid"),
    "garbage": ("crashed", "the worker ended with exit code 0 and no reply"),
    "hangs": ("timeout", "no answer within 8 s (--timeout)"),
    "later": ("wrong", "minus: is"),
    "lists": ("wrong", "output 'plus' is a builtins.list, not an array of backend 'numpy'"),
    "memory": ("out_of_memory", "Unable to allocate 8.00 PiB"),
    "missing": ("wrong", "returned (plus) where (plus, minus) are expected"),
    "nan": ("wrong", "(5 NaN entries, expected 0)"),
    "orphan": ("ok", None),
    "overwrites": ("wrong", "input 'x' was overwritten by the call"),
    "prints": ("ok", None),
    "quits": ("crashed", "the worker ended with exit code 0 and no reply"),
    "raises": ("failed", "ArithmeticError: no convergence after 7 steps"),
    "segfaults": ("crashed", "the worker was killed by signal SIGSEGV"),
    "signature": ("failed", "takes (y); make_inputs gives (x)"),
    "unimportable": ("failed", "No module named 'a_library_that_does_not_exist'"),
    "wrong": ("wrong", "minus: is"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[CompletedProcess[str], Path]:
    """Run the whole misbehaving suite once."""
    folder = tmp_path_factory.mktemp("misbehaving")
    words = ["run", "faults/pair/smoke", "--suites", MISBEHAVING, "--backends", "numpy"]
    done = call(*words, "--timeout", 8, *QUICK, "--output", "run.json", cwd=folder)
    return done, folder / "run.json"


@pytest.fixture(scope="module")
def results(run: tuple[CompletedProcess[str], Path]) -> dict[str, CaseResult]:
    return {result.case.variant: result for result in store.load(run[1]).results}


def test_every_case_is_in_the_record_and_the_reference_is_ok(
    results: dict[str, CaseResult],
) -> None:
    assert set(results) == {"", *EXPECTED}
    assert results[""].status == "ok"


@pytest.mark.parametrize("variant", EXPECTED)
def test_each_fault_has_its_status_and_reason(variant: str, results: dict[str, CaseResult]) -> None:
    status, reason = EXPECTED[variant]
    found = results[variant]
    assert found.status == status, found.reason
    assert found.reason is None if reason is None else reason in str(found.reason)


def test_an_exception_keeps_its_traceback_in_the_record_only(
    run: tuple[CompletedProcess[str], Path], results: dict[str, CaseResult]
) -> None:
    assert "pair_numpy__raises.py" in str(results["raises"].details)
    assert "Traceback" not in run[0].stdout + run[0].stderr


def test_the_exit_code_says_that_a_case_is_broken(run: tuple[CompletedProcess[str], Path]) -> None:
    assert run[0].returncode == 1


def test_only_ok_cases_have_a_speedup(run: tuple[CompletedProcess[str], Path]) -> None:
    written: list[dict[str, Any]] = json.loads(run[1].read_text())["results"]
    for result in written:
        summary = result["summary"]
        has_speedup = bool(summary) and summary["speedup_vs_reference"] is not None
        assert has_speedup is (result["status"] == "ok"), result["case"]["id"]


def test_what_a_kernel_prints_reaches_nobody(run: tuple[CompletedProcess[str], Path]) -> None:
    assert "xxxx" not in run[0].stdout
    assert "yyyy" not in run[0].stderr


def test_no_process_is_left_behind(run: tuple[CompletedProcess[str], Path]) -> None:
    assert run[1].exists()
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any("left-behind" in word for word in process.info["cmdline"] or ())
        or str(run[1].parent) in " ".join(process.info["cmdline"] or ())
    ]
    assert left == []
