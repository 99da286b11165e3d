"""``bench-harness export`` and ``import``, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.cli import NOTHING_MEASURED, OK, main
from tests.cli.conftest import Refused
from tests.factories import make_record, make_result

KNOWN = Path(__file__).parents[1] / "data/record.json"


def test_export_and_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("pyperf", "pytest-benchmark"):
        theirs, ours = tmp_path / f"{name}.json", tmp_path / f"{name}.back.json"
        assert main(["export", str(KNOWN), "--to", name, "--output", str(theirs)]) == OK
        assert main(["import", str(theirs), "--from", name, "--output", str(ours)]) == OK
        assert store.load(ours).imported_from == name
        assert "Left out:" in capsys.readouterr().err
        assert main(["report", str(ours)]) == OK
        assert f"Measured by {name}" in capsys.readouterr().out


def test_text_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(KNOWN), "--to", "github-action-benchmark"]) == OK
    assert json.loads(capsys.readouterr().out)[0]["unit"] == "ms"


def test_nothing_to_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record, output = tmp_path / "record.json", tmp_path / "out.json"
    store.save(make_record(make_result("numba", "wrong")), record)
    words = ["export", str(record), "--output", str(output), "--to"]
    assert main([*words, "pyperf"]) == NOTHING_MEASURED
    assert not output.exists()
    assert main([*words, "junit"]) == OK
    assert "<failure" in output.read_text()


def test_refusals(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("mine")
    message = refused("export", KNOWN, "--to", "pyperf", "--output", "there.json")
    assert "there.json exists" in message
    assert (tmp_path / "there.json").read_text() == "mine"
    assert "give it with --output" in refused("export", KNOWN, "--to", "asv")
    assert "'sql'" in refused("export", KNOWN, "--to", "sql")
    assert "cannot be read" in refused("export", "none.json", "--to", "pyperf")
    message = refused("import", "there.json", "--from", "pyperf", "--output", "new.json")
    assert "no JSON file of pyperf" in message
    assert "cannot be read" in refused("import", "none", "--from", "pyperf", "--output", "new.json")
