"""A disk that is full, a folder that is read-only: the error names it, and nothing is lost."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.cli import measuring
from tests.cli.command import COMMAND, QUICK, SUITES, call
from tests.cli.conftest import Refused

WORDS = ["run", "sample/rms", "--suites", SUITES, "--backends", "python,numpy", *QUICK]
SWEEP = ["--set", "n=1,2,3,4"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_disk_that_fills_up_costs_nothing_that_was_finished(tmp_path: Path) -> None:
    limit = 12_000  # bytes in any one file: room for the journal's first results

    def fill() -> None:
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        )

    words = [*COMMAND, *map(str, [*WORDS, *SWEEP])]
    done = subprocess.run(
        [*words, "--output", "run.json"],
        cwd=tmp_path, capture_output=True, text=True, preexec_fn=fill, timeout=240,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "make room and continue with --resume run.json" in done.stderr
    assert not (tmp_path / "run.json").exists()
    before = store.load_unfinished(tmp_path / "run.json").results
    assert 1 <= len(before) < 8
    assert [file.name for file in tmp_path.iterdir()] == ["run.json.journal"]

    again = call(*WORDS, *SWEEP, "--resume", "run.json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    results = store.load(tmp_path / "run.json").results
    assert [result.status for result in results] == ["ok"] * 8
    assert all(result in results for result in before)


@pytest.mark.skipif(sys.platform != "linux", reason="a folder where nobody can make a file")
def test_a_folder_that_cannot_be_written_is_found_before_anything_runs(refused: Refused) -> None:
    # /proc refuses root as well, whom permissions do not stop.
    for option in ("--output", "--report"):
        error = refused(*WORDS, option, "/proc/run.json")
        assert "/proc/run.json cannot be written" in error
        assert "nothing was measured" in error


def test_windows_is_told_what_it_can_do(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring.sys, "platform", "win32")
    assert "Use WSL 2" in refused(*WORDS)


def test_what_is_no_file_is_not_written_over(refused: Refused) -> None:
    for option in ("--output", "--report"):
        assert "/dev/full is no regular file" in refused(*WORDS, "--overwrite", option, "/dev/full")
    assert not Path("/dev/full").is_file()
