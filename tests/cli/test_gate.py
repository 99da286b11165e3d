"""``bench-harness gate`` on a small repository, with real workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.comparison import Comparison
from tests.cli.command import COMMAND, SUITES, call
from tests.cli.conftest import Refused

SLOWER = """

_plain = rms


def rms(x):
    \"\"\"Return the same, slowly.\"\"\"
    for _ in range(20):
        _plain(x)
    return _plain(x)
"""
SELECTED = ("sample/rms/smoke/numpy",)


def git(repo: Path, *words: str) -> str:
    """Run git with a made-up author."""
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    command = ["git", "-C", str(repo), *who, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repository with one kernel, on NumPy."""
    folder = tmp_path / "repo"
    target = folder / "suites/sample/rms"
    target.mkdir(parents=True)
    for name in ("kernel.py", "rms_numpy.py"):
        shutil.copy(SUITES / "sample/rms" / name, target)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def implementation(repo: Path) -> Path:
    return repo / "suites/sample/rms/rms_numpy.py"


@pytest.mark.slow
def test_a_slower_working_tree_is_red_and_nothing_is_left(repo: Path, tmp_path: Path) -> None:
    with implementation(repo).open("a") as file:
        file.write(SLOWER)
    out = tmp_path / "out"
    done = call("gate", "--base", "HEAD", *SELECTED, "--output", out, cwd=repo)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "**regressed**" in done.stdout
    comparison = Comparison.model_validate_json((out / "comparison.json").read_text())
    (case,) = comparison.cases
    assert case.ratio is not None
    assert case.ratio.point > 2
    assert comparison.head.name == "working tree"
    base, head = (store.load(out / f"{name}.json") for name in ("base", "head"))
    assert len(base.results[0].measurements) == len(head.results[0].measurements) > 10
    assert git(repo, "worktree", "list").count("\n") == 1
    assert not list(out.glob("*.journal"))


@pytest.mark.slow
def test_a_wrong_reference_is_an_error_whatever_its_speed(repo: Path, tmp_path: Path) -> None:
    text = implementation(repo).read_text()
    implementation(repo).write_text(text.replace("np.mean(", "1.001 * np.mean("))
    git(repo, "commit", "-q", "-a", "-m", "faster")
    words = ("gate", "--base", "HEAD~1", "--head", "HEAD", *SELECTED)
    done = call(*words, "--output", tmp_path / "a", cwd=repo)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "other answers than base's" in done.stdout


@pytest.mark.slow
def test_an_interrupted_gate_cleans_up_and_keeps_what_it_has(repo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [*COMMAND, "gate", "--base", "HEAD", *SELECTED, "--output", str(out)]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary)}
    gate = subprocess.Popen(
        command, cwd=repo, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    journal = out / "head.json.journal"
    while gate.poll() is None and not (journal.exists() and journal.read_text().count("\n") > 1):
        time.sleep(0.02)
    gate.send_signal(signal.SIGINT)
    _, error = gate.communicate(timeout=60)
    assert gate.returncode == 130, error
    assert "Traceback" not in error
    assert store.load(out / "head.json").results
    assert list(temporary.iterdir()) == []
    assert git(repo, "worktree", "list").count("\n") == 1


def test_what_cannot_be_gated_is_refused(
    repo: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "lies in no git repository" in refused("gate", "--base", "HEAD")
    monkeypatch.chdir(repo)
    assert "Revision 'nowhere' is unknown" in refused("gate", "--base", "nowhere")
    assert "has no folder benchmarks" in refused("gate", "--base", "HEAD", "--suites", "benchmarks")
    assert "from the repository's root" in refused("gate", "--base", "HEAD", "--suites", "../x")
    assert "In HEAD: Suite 'other'" in refused("gate", "--base", "HEAD", "other")
    (tmp_path / "used").mkdir()
    (tmp_path / "used/head.json").write_text("{}")
    assert "exists" in refused("gate", "--base", "HEAD", "--output", tmp_path / "used")
    assert "more than the" in refused("gate", "--base", "HEAD", "--threads", "9999")
    assert "Missing option '--base'" in refused("gate")
