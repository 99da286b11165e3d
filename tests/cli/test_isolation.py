"""The parent imports no framework; a worker's surroundings are set before it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness import store
from tests.cli.command import QUICK, SUITES, call

FRAMEWORKS = ("torch", "jax", "jaxlib", "numba", "cupynumeric", "legate", "scipy")

PROGRAM = f"""
import sys
from bench_harness.cli import COMMANDS, main
code = main(sys.argv[1:]) if sys.argv[1:] else 0
loaded = sorted(set(sys.modules) & {set(FRAMEWORKS)!r})
print("loaded", *loaded, file=sys.stderr)
sys.exit(code)
"""


def loaded(*words: object, cwd: Path) -> tuple[int, str]:
    """Run the command line in a fresh interpreter; return its code and what it had loaded."""
    command = [sys.executable, "-c", PROGRAM, *map(str, words)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240)
    return done.returncode, done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["list", "--suites", SUITES],
        ["run", "sample/rms/smoke/num*", "--suites", SUITES, *QUICK, "--report", "report.md"],
    ],
    ids=["import", "list", "run"],
)
def test_the_parent_loads_no_framework(words: list[object], tmp_path: Path) -> None:
    assert loaded(*words, cwd=tmp_path) == (0, "loaded")


def test_threads_and_cores_are_set_before_the_worker_starts(tmp_path: Path) -> None:
    words = ["run", "sample/seen", "--suites", SUITES, "--backends", "numpy,numba"]
    done = call(*words, *QUICK, "--output", "run.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = store.load(tmp_path / "run.json").results
    assert results[0].status == "ok"
    for result in (result for result in results if result.status != "unavailable"):
        figures = {figure.label: figure.value for figure in result.figures}
        assert figures == {"Variable": 1, "Cores": 1}, result.case.id


def test_a_numpy_py_in_the_current_folder_shadows_nothing(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('shadowed')\n")
    command = [sys.executable, "-P", "-m", "bench_harness", "run", "sample/rms/smoke"]
    command += ["--suites", str(SUITES), "--backends", "numpy", *QUICK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
