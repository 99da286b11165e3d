"""``--github``, ``--junit`` and ``--comment``, as a CI job gives them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.cli import BROKEN_CASE, REGRESSION, main
from bench_harness.model import CaseResult
from tests.cli.conftest import Refused
from tests.factories import make_measurement, make_record, make_result


def record(folder: Path, name: str, factor: float, status: str = "ok") -> Path:
    """Write a record of two cases, the second of them so many times slower."""

    def result(label: str, slower: float, status: str) -> CaseResult:
        measurements = [
            make_measurement([slower * (1e-3 + 1e-6 * (run + process)) for run in range(9)])
            for process in range(6)
        ]
        return make_result(label, status, measurements=measurements)

    store.save(
        make_record(result("numpy", 1.0, "ok"), result("numba", factor, status)), folder / name
    )
    return folder / name


@pytest.mark.parametrize(
    ("factor", "status", "code", "title"),
    [(1.5, "ok", REGRESSION, "slower"), (1.0, "wrong", BROKEN_CASE, "wrong")],
)
def test_compare(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    factor: float,
    status: str,
    code: int,
    title: str,
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    base, head = record(tmp_path, "base.json", 1.0), record(tmp_path, "head.json", factor, status)
    junit, comment = tmp_path / "out/junit.xml", tmp_path / "out/comment.md"
    words = ["compare", base, head, "--github", "--junit", junit, "--comment", comment]
    assert main([str(word) for word in words]) == code
    commands = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::")]
    assert len(commands) == 1
    assert commands[0].startswith("::error title=sample/rms/default/numba/cpu/float64%3A " + title)
    assert summary.read_text().startswith("# Comparison: head.json against base.json")
    assert comment.read_text().startswith("<!-- bench-harness -->")
    assert ET.parse(junit).getroot().get("failures") == "1"


def test_a_place_that_cannot_be_written_is_found_first(refused: Refused, tmp_path: Path) -> None:
    known = record(tmp_path, "base.json", 1.0)
    assert "is a directory" in refused("compare", known, known, "--junit", tmp_path)
