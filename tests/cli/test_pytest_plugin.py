"""The plugin for pytest, in sessions of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness.integrations import formats
from tests.cli.command import MISBEHAVING, SUITES

RMS = SUITES / "sample/rms"
PAIR = MISBEHAVING / "faults/pair"
SMALL = ["--bench-presets", "smoke", "--bench-threads", "1"]


def run_pytest(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder outside the project, where plugins are found by entry point."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, words)]
    # It is no worker of pytest-xdist, also where this test runs in one: nothing would be timed.
    env = {name: value for name, value in os.environ.items() if "PYTEST_XDIST" not in name}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240)


def test_an_ordinary_session_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("raise RuntimeError('this is no test')")
    (tmp_path / "test_mine.py").write_text(
        "import sys\n"
        "def test_nothing_heavy_is_loaded(request):\n"
        "    assert request.config.pluginmanager.hasplugin('bench-harness')\n"
        "    loaded = {'numpy', 'pydantic', 'click', 'bench_harness.plan'} & set(sys.modules)\n"
        "    assert not loaded\n"
    )
    done = run_pytest(tmp_path, "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert "bench-harness:" not in done.stdout


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--bench-suites", "none")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--bench-suites none: there is no such folder" in done.stderr


def test_cases_are_collected_and_mistakes_are_errors(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_it(): pass\n")
    listing = ["--collect-only", "-q", "--bench-suites", RMS, *SMALL]
    done = run_pytest(tmp_path, "test_other.py", *listing, "--bench-backends", "numpy")
    assert "::test_it" in done.stdout
    assert "rms/kernel.py::rms[smoke/numpy/cpu/float64]" in done.stdout
    assert "torch" not in done.stdout
    done = run_pytest(tmp_path, *listing, "--bench-backends", "nmpy")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "Did you mean 'numpy'?" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_times_through_pytest_benchmark(tmp_path: Path) -> None:
    pytest.importorskip("pytest_benchmark")
    (tmp_path / "test_other.py").write_text("def test_it(): assert False  # not asked for\n")
    words = ["--bench-suites", RMS, *SMALL, "--bench-backends", "numpy"]
    words += ["--bench-timed-runs", 4, "--bench-warmup-runs", 2]
    output = tmp_path / "out.json"
    done = run_pytest(tmp_path, *words, f"--benchmark-json={output}", "--benchmark-save=one")
    assert done.returncode == 0, done.stdout
    assert "verified, and timed in worker processes" in done.stdout
    (benchmark,) = json.loads(output.read_text())["benchmarks"]
    assert benchmark["fullname"] == "sample/rms/smoke/numpy/cpu/float64"
    assert benchmark["name"] == "rms[smoke/numpy/cpu/float64]"
    assert benchmark["group"] == "sample/rms/smoke"
    assert benchmark["stats"]["rounds"] == len(benchmark["stats"]["data"]) == 4
    assert 0 < benchmark["stats"]["min"] < 0.01  # the kernel's seconds, not those of a process
    extra = benchmark["extra_info"]
    assert (extra["backend"], extra["dtype"], extra["max_rel_err"]) == ("numpy", "float64", 0.0)
    assert extra["first_call_s"] > 0
    back = formats.parse(output.read_text(), "pytest-benchmark", "out.json").results[0]
    assert back.measurements[0].times_s == benchmark["stats"]["data"]

    words += ["--benchmark-compare", "--benchmark-compare-fail=median:1000000%"]
    done = run_pytest(tmp_path, *words)
    assert done.returncode == 0, done.stdout
    assert "(0001_one)" in done.stdout
    assert "(NOW)" in done.stdout


@pytest.mark.slow
def test_verification_without_pytest_benchmark(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "def test_good(assert_backends_agree):\n"
        f"    results = assert_backends_agree({str(RMS)!r}, backends=['numpy', 'python'])\n"
        "    assert [r.status for r in results] == ['ok', 'ok']\n"
        "def test_bad(assert_backends_agree):\n"
        f"    assert_backends_agree({str(PAIR)!r}, backends=['numpy.wrong'])\n"
        "def test_none(assert_backends_agree):\n"
        f"    assert_backends_agree({str(RMS)!r}, presets=['gone'])\n"
    )
    done = run_pytest(
        *(tmp_path, "test_mine.py", "-p", "no:benchmark", "-v", *SMALL),
        *("--bench-suites", PAIR, "--bench-backends", "numpy.raises,numpy.nan"),
    )
    assert "not timed, since pytest-benchmark is not installed or not loaded" in done.stdout
    outcomes = {
        line.split("::")[1].split(" ")[0]: line.split()[1]
        for line in done.stdout.splitlines()
        if "::" in line and line.endswith("%]")
    }
    assert outcomes == {
        "test_good": "PASSED",
        "test_bad": "FAILED",
        "test_none": "FAILED",
        "pair[smoke/numpy.raises/cpu/float64]": "FAILED",
        "pair[smoke/numpy.nan/cpu/float64]": "FAILED",
    }
    assert "numpy.wrong/cpu/float64 is wrong:" in done.stdout
    assert "numpy.raises/cpu/float64 is failed:" in done.stdout
    assert "nothing was run, so nothing agreed" in done.stdout
