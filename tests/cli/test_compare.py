"""``bench-harness compare`` on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench_harness import store
from bench_harness.cli import main
from tests.cli.conftest import Refused
from tests.factories import make_measurement, make_record, make_result


def record(path: Path, level: float = 1.0, processes: int = 5, **changed: Any) -> Path:
    """Write a record of one case whose processes scatter by 0.2 % about a level in ms."""
    measurements = [
        make_measurement([level * (1 + 0.001 * i) * 1e-3] * 5) for i in range(processes)
    ]
    store.save(make_record(make_result(**{"measurements": measurements, **changed})), path)
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return record(tmp_path / "base.json")


@pytest.mark.parametrize(
    ("changed", "options", "code"),
    [
        ({"level": 1.001}, [], 0),
        ({"level": 0.8}, [], 0),
        ({"level": 1.1}, [], 3),
        ({"level": 1.1}, ["--max-slowdown", "sample/*=20%"], 0),
        ({"status": "wrong"}, [], 1),
        ({"status": "wrong", "processes": 1}, [], 1),
    ],
)
def test_exit_codes(
    base: Path, tmp_path: Path, changed: dict[str, Any], options: list[str], code: int
) -> None:
    head = record(tmp_path / "head.json", **changed)
    assert main(["compare", str(base), str(head), *options]) == code


def test_nothing_in_common_is_no_pass(base: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    store.save(make_record(make_result("numba")), head)
    assert main(["compare", str(base), str(head)]) == 4


def test_the_table_and_the_json_say_the_same(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, out = record(tmp_path / "head.json", 1.1), tmp_path / "out.json"
    main(["compare", str(base), str(head), "--json", str(out)])
    shown = capsys.readouterr().out
    assert "+10.0% [+" in shown
    assert "**regressed**" in shown
    (case,) = json.loads(out.read_text())["cases"]
    assert case["verdict"] == "regressed"
    assert case["ratio"]["point"] == pytest.approx(1.1)


def test_one_process_is_shown_and_refused(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = record(tmp_path / "head.json", 1.1, processes=1)
    assert main(["compare", str(base), str(head)]) == 2
    out, error = capsys.readouterr()
    assert "+9.8%" in out
    assert "--processes 5" in error


def test_bad_input_is_refused(base: Path, refused: Refused) -> None:
    assert "cannot be read" in refused("compare", base, "missing.json")
    assert "neither a percentage" in refused("compare", base, base, "--max-slowdown", "x")
    assert "cannot be written" in refused("compare", base, base, "--json", base / "x.json")
