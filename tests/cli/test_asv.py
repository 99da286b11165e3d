"""The benchmarks of asv, run by asv itself in the environment of the tests."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import SUITES

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "asv.conf.json"
NAMES = {
    "kernels.Measured.track_first_call",
    "kernels.Measured.track_max_error",
    "kernels.Measured.track_peak_memory",
    "kernels.Steady.peakmem_steady",
    "kernels.Steady.time_steady",
}
Asv = Callable[..., str]


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as somebody, and return what it prints."""
    who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    command = ["git", "-C", str(folder), *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with one kernel and a configuration that differs in places only."""
    pytest.importorskip("asv")
    project = tmp_path / "project"
    shutil.copytree(SUITES / "sample/rms", project / "suites/sample/rms")
    config = json.loads(CONFIG.read_text())
    config["benchmark_dir"] = str(ROOT / config["benchmark_dir"])
    (project / "asv.conf.json").write_text(json.dumps(config))
    git(project.parent, "init", "-q", str(project))
    git(project, "add", ".")
    git(project, "commit", "-qm", "One")
    return project


@pytest.fixture
def asv(project: Path, tmp_path: Path) -> Asv:
    """Return ``asv(*words)``, which fails unless asv ends with the expected code."""
    selection = {
        "HOME": str(tmp_path),
        "BENCH_HARNESS_ASV_SUITES": str(project / "suites"),
        "BENCH_HARNESS_ASV_KERNELS": "sample/rms,sample/gone",
        "BENCH_HARNESS_ASV_PRESETS": "huge",
        "BENCH_HARNESS_ASV_BACKENDS": "numpy,python",
    }

    def call(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "asv", *words],
            cwd=project,
            env={**os.environ, **selection},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return call


def results(project: Path, commit: str) -> dict[str, Any]:
    """Return asv's results of a commit by benchmark: a dict from kernel and backend to value."""
    (path,) = (project / ".asv/results/ci").glob(f"{commit[:8]}-*.json")
    data = json.loads(path.read_text())
    assert data["commit_hash"] == commit
    found = {}
    for name, row in data["results"].items():
        columns = dict(zip(data["result_columns"], row, strict=False))
        kernels, _, backends = columns["params"]
        keys = [(kernel.strip("'"), label.strip("'")) for kernel in kernels for label in backends]
        found[name] = dict(zip(keys, columns["result"] or [None] * len(keys), strict=True))
    return found


@pytest.mark.slow
def test_two_commits(project: Path, asv: Asv) -> None:
    run = ("run", "--machine", "ci", "--python=same", "--quick", "--set-commit-hash")
    asv("machine", "--yes", "--machine", "ci")
    first = git(project, "rev-parse", "HEAD")
    asv(*run, first)
    good = results(project, first)
    assert set(good) == NAMES
    measured, skipped, gone = ("sample/rms", "numpy"), ("sample/rms", "python"), "sample/gone"
    for name in NAMES:
        value = good[name][measured]
        assert value == 0 if name.endswith("max_error") else value > 0, name
        assert math.isnan(good[name][skipped])  # takes too long in pure Python
        assert math.isnan(good[name][gone, "numpy"])
    assert good["kernels.Steady.time_steady"][measured] < 0.01  # of 50,000 numbers, in seconds

    file = project / "suites/sample/rms/rms_numpy.py"
    file.write_text(file.read_text() + "\n\ndef prepare(x):\n    raise ValueError('broken')\n")
    git(project, "commit", "-qam", "Two")
    second = git(project, "rev-parse", "HEAD")
    asv(*run, second, "--bench", "Steady", code=2)  # a benchmark failed
    broken = results(project, second)
    assert {name: values[measured] for name, values in broken.items()} == {
        "kernels.Steady.peakmem_steady": None,
        "kernels.Steady.time_steady": None,
    }

    assert "kernels.Steady.time_steady" in asv("show", "--machine", "ci", first)
    assert "!" in asv("compare", "--machine", "ci", first, second)
    asv("publish")
    index = json.loads((project / ".asv/html/index.json").read_text())
    assert set(index["benchmarks"]) == NAMES
