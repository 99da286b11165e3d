"""The parent imports no framework; a worker's surroundings are set before it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.preloaded import is_safe
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


@pytest.mark.skipif(not is_safe(), reason="children are forked on Linux 5.3 and later")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_cases_side_by_side_have_their_backend_imported_and_share_nothing_else(
    tmp_path: Path,
) -> None:
    words = ["run", "sample/rms/smoke", "--suites", SUITES, "--backends", "numba", *QUICK]
    words += ["--processes", 4, "--check-determinism"]
    imports = {}
    for jobs in 1, 2:
        done = call(*words, "--jobs", jobs, "--output", f"{jobs}.json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        (result,) = store.load(tmp_path / f"{jobs}.json").results
        imports[jobs] = [found.phases_s["import"] for found in result.measurements]
        for found in result.measurements:  # from a cache of its own, which was empty
            assert found.first_call_stages_s["compile"] > 0
    assert min(imports[1]) > 10 * max(imports[2])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_what_torch_finds_out_of_a_machine_is_found_out_once(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    compiler, log = tmp_path / "compiler", tmp_path / "log"
    compiler.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec g++ "$@"\n')
    compiler.chmod(0o755)
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "CXX": str(compiler)}
    words = ["run", "sample/rms/smoke", "--suites", SUITES, "--backends", "torch.compile", *QUICK]
    found_out, asked = [], []
    for name in "first", "second":
        log.write_text("")
        done = call(*words, "--output", f"{name}.json", cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        calls = log.read_text().splitlines()
        functions = [line for line in calls if ".main.cpp " in line]
        instructions = [line for line in calls if ".cpp " in line and line not in functions]
        questions = {line.partition(".cpp ")[0].rpartition("/")[2] for line in instructions}
        asked.append(len(questions))
        headers = [line for line in calls if "c++-header" in line]
        found_out.append((len(headers), len(instructions), len(functions)))
    # Headers for each width of vectors, one more function for each with which they were made, and
    # each question about vector instructions once: there is one with AVX2, four with AVX-512.
    widths = 2 if torch.backends.cpu.get_cpu_capability() == "AVX512" else 1
    assert asked[0] > 0
    assert found_out == [(widths, asked[0], widths + 1), (0, 0, 1)]


def test_a_numpy_py_in_the_current_folder_shadows_nothing(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('shadowed')\n")
    command = [sys.executable, "-P", "-m", "bench_harness", "run", "sample/rms/smoke"]
    command += ["--suites", str(SUITES), "--backends", "numpy", *QUICK]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
