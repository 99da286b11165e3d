"""``bench-harness history`` and ``baseline``, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench_harness import environment, history, store
from bench_harness.cli import NOTHING_MEASURED, OK, main
from tests.cli.conftest import Refused
from tests.factories import make_record, make_result
from tests.unit.test_history import NUMPY, make_run


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    for number in range(16):
        packages = {"numpy": "2.3" if number < 9 else "2.4"}
        run = make_run(number, 1e-3 if number < 9 else 1.5e-3)
        machine = run.environment.model_copy(update={"packages": packages})
        store.save(run.model_copy(update={"environment": machine}), folder / f"{number:02}.json")
    return folder


def test_one_case_run_by_run(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", NUMPY, "--results", str(results)]) == OK
    out = capsys.readouterr().out
    assert out.count("| 2026-01-") == 16
    assert "+50.0% since 2026-01-10" in out
    assert "Between 08.json and 09.json:" in out
    assert "numpy 2.3 -> 2.4" in out


def test_many_cases(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    plot = tmp_path / "plots/trend.png"
    assert main(["history", "--results", str(results), "--plot", str(plot)]) == OK
    out = capsys.readouterr().out
    assert out.count("| `sample/rms/default/") == 2
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main(["history", "--results", str(results), "--json"]) == OK
    found = json.loads(capsys.readouterr().out)
    assert [len(series["levels"]) for series in found] == [1, 2]
    assert main(["history", "other", "--results", str(results)]) == NOTHING_MEASURED


def test_a_baseline_is_kept_and_found(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "--results", str(results)]) == NOTHING_MEASURED
    here, record = (
        tmp_path / "here.json",
        make_record(make_result(), environment=environment.collect()),
    )
    store.save(record, here)
    words = ["baseline", "--results", str(results), "--name", "main"]
    assert main([*words, str(here)]) == OK
    assert main(words) == OK
    path = Path(capsys.readouterr().out.strip())
    assert store.load(path) == record
    assert path.parent == results / "baselines" / environment.machine_key(record.environment)


def test_refusals(refused: Refused, results: Path, tmp_path: Path) -> None:
    store.save(make_record(make_result("numba", "wrong")), tmp_path / "bad.json")
    assert "cannot be a baseline" in refused("baseline", "bad.json", "--results", results)
    known = results / "01.json"
    record = store.load(known)
    store.save(record, history.baseline_path(results, record.environment, "main"))
    assert "another --name, or allow it with --overwrite" in refused(
        "baseline", known, "--results", results
    )
    assert "letters" in refused("baseline", known, "--results", results, "--name", "../x")
    assert "no folder of records" in refused("history", "--results", "none")
    assert ".svg" in refused("history", "--results", results, "--plot", "trend.txt")
