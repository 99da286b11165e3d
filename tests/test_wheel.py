"""The wheel, installed into an empty environment and used from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must succeed and return what it prints."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["SOURCE_DATE_EPOCH"] = "1767225600"
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_what_git_holds(wheel: Path) -> None:
    tracked = run("git", "ls-files", "bench_harness", "suites", cwd=ROOT).splitlines()
    expected = {
        name.replace("suites/", "bench_harness/_suites/", 1) if name.startswith("suites/") else name
        for name in tracked
    }
    packed = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert packed == expected


def test_two_builds_are_equal_to_the_bit(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, cwd=ROOT)
    (again,) = tmp_path.glob("*.whl")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_wheel_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    constraints = ROOT / "constraints.txt"
    run(
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "-c",
        constraints,
        wheel,
        cwd=tmp_path,
    )
    bench = python.parent / "bench-harness"
    kernels = json.loads(run(bench, "list", "--json", cwd=tmp_path))
    assert "lap_sim/point_mass" in {kernel["id"] for kernel in kernels}
    run(
        bench,
        "run",
        "lap_sim/point_mass/smoke",
        "--backends",
        "python,numpy,numba",
        "--warmup-runs",
        "1",
        "--timed-runs",
        "2",
        "--output",
        "run.json",
        cwd=tmp_path,
    )
    statuses = {
        result["case"]["backend"]: result["status"]
        for result in json.loads((tmp_path / "run.json").read_text())["results"]
    }
    assert statuses == {"python": "ok", "numpy": "ok", "numba": "unavailable"}
