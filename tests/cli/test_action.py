"""The composite action and its workflow: read as files, and its script run as a job would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench_harness import store
from tests.cli.command import SUITES

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github/action/measure.sh"


def load(name: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    loaded: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return loaded


def test_the_action_is_whole() -> None:
    action = load("action.yml")
    steps = action["runs"]["steps"]
    assert action["runs"]["using"] == "composite"
    for step in steps:
        if "run" in step:
            assert step["shell"] == "bash"
            # An input in a script would be run as a part of it.
            assert "${{" not in step["run"]
        else:
            assert re.fullmatch(r"actions/[\w/-]+@v\d+", step["uses"])
    used = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text())
    assert set(used) == set(action["inputs"])
    (measure,) = [step for step in steps if step.get("id") == "measure"]
    variables = set(re.findall(r"\$\{?([A-Z_]+)", SCRIPT.read_text())) - {"GITHUB_OUTPUT"}
    assert variables == set(measure["env"])


def test_the_workflow_gives_inputs_that_there_are() -> None:
    inputs = load("action.yml")["inputs"]
    jobs = load(".github/workflows/benchmarks.yml")["jobs"]
    for job in jobs.values():
        (step,) = [step for step in job["steps"] if step["uses"] == "./"]
        assert set(step["with"]) <= set(inputs)


def run_script(folder: Path, **inputs: str) -> tuple[int, dict[str, str], str]:
    """Run the action's script in a folder; returns its code, outputs and text."""
    outputs = folder / "outputs"
    outputs.write_text("")
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "bench-harness").write_text(
        f'#!/bin/sh\nexec {sys.executable} -m bench_harness "$@"\n'
    )
    (tools / "bench-harness").chmod(0o755)
    variables = {
        **{"MODE": "baseline", "SELECTORS": "sample/rms/smoke", "MAX_SLOWDOWN": "1000%"},
        **{"PROCESSES": "2", "BASELINE_NAME": "main", "BASE": "HEAD~1", "KEEP": "false"},
        "OPTIONS": f"--suites {SUITES} --backends numpy --timed-runs 3 --threads 1 --quiet --wait",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", str(SCRIPT)],
        cwd=folder,
        env={**os.environ, **variables, **inputs},
        capture_output=True,
        text=True,
        timeout=240,
    )
    pairs = (line.partition("=") for line in outputs.read_text().splitlines())
    return done.returncode, {key: value for key, _, value in pairs}, done.stdout + done.stderr


def test_an_unknown_mode_is_an_error(tmp_path: Path) -> None:
    code, outputs, text = run_script(tmp_path, MODE="compare")
    assert (code, outputs["exit-code"]) == (2, "2")
    assert "::error title=bench-harness::mode is gate, baseline or run" in text


@pytest.mark.slow
def test_a_baseline_is_kept_by_the_default_branch_and_compared_with(tmp_path: Path) -> None:
    code, outputs, text = run_script(tmp_path, KEEP="true")
    assert (code, outputs.get("kept")) == (0, "true"), text
    assert "no baseline of such a machine yet" in text
    (kept,) = (tmp_path / ".bench-harness/baselines").glob("*/main.json")
    first = store.load(kept).run_id

    code, outputs, text = run_script(tmp_path)
    assert (code, outputs["exit-code"]) == (0, "0"), text
    assert "Comparison: head.json" in (tmp_path / "summary.md").read_text()
    assert "<testcase" in (tmp_path / ".bench-harness/junit.xml").read_text()
    assert (tmp_path / ".bench-harness/comment.md").read_text().startswith("<!-- bench-harness -->")
    assert "kept" not in outputs
    assert store.load(kept).run_id == first

    # A run that is not right is compared with nothing and kept by nobody.
    code, outputs, _ = run_script(tmp_path, KEEP="true", SELECTORS="sample/none")
    assert (code, "kept" in outputs) == (2, False)
