"""A folder of records: index, series, baselines."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench_harness import ConfigurationError, RecordError, history, store
from bench_harness.environment import machine_key
from bench_harness.model import Cpu, RunRecord, Source
from bench_harness.report import trend
from tests.factories import make_environment, make_measurement, make_record, make_result

NUMPY = "sample/rms/default/numpy/cpu/float64"
START = datetime(2026, 1, 1, tzinfo=UTC)
OTHER = make_environment(cpu=Cpu(model="Other", logical_cores=4))


def make_run(number: int, median_s: float, status: str = "ok", **changed: Any) -> RunRecord:
    times = [median_s * (1 + 0.001 * ((number * 7) % 5))] * 3
    fields = {
        "run_id": f"{number:032}",
        "started_at": (START + timedelta(days=number)).isoformat(),
        "environment": make_environment(source=Source(commit=f"{number:040x}", dirty=False)),
        **changed,
    }
    return make_record(
        make_result(status=status, measurements=[make_measurement(times)]),
        make_result("numba"),
        **fields,
    )


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of 16 runs: after ten, the kernel takes 1.5 times as long; one was wrong."""
    folder = tmp_path / "results"
    for number in range(16):
        status = "wrong" if number == 5 else "ok"
        run = make_run(number, 1e-3 if number < 10 else 1.5e-3, status)
        store.save(run, folder / f"host-{number % 2}/{99 - number}.json")
    return folder


def test_a_change_of_level_is_found(results: Path) -> None:
    entries, passed_over = history.read(results)
    assert passed_over == []
    (series,) = history.series(entries, [NUMPY])
    assert [run.entry.run_id for run in series.runs] == [f"{n:032}" for n in range(16)]
    assert len(series.timed) == 15  # a wrong answer has no speed
    assert [series.timed[low].entry.run_id for low in series.changes] == [f"{10:032}"]
    first, second = (level for _, _, level in series.levels)
    assert second / first == pytest.approx(1.5, rel=0.01)
    assert trend.change_text(series, 1).startswith("+49.9% since 2026-01-11 ")
    table = trend.series_table(series)
    assert [row[2] for row in table.rows].count("wrong") == 1
    assert table.rows[5][4] == "–"


def test_machines_are_kept_apart(results: Path) -> None:
    store.save(make_run(30, 1.0, environment=OTHER), results / "other.json")
    entries, _ = history.read(results)
    assert {s.machine for s in history.series(entries, [NUMPY])} == {
        machine_key(OTHER),
        machine_key(make_environment()),
    }
    (alone,) = history.series(entries, [NUMPY], machine_key(OTHER))
    assert len(alone.runs) == 1


def test_the_index_spares_reading_what_did_not_change(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = history.read(results)
    read: list[Path] = []
    load = store.load
    monkeypatch.setattr(store, "load", lambda path: read.append(path) or load(path))
    assert history.read(results)[0] == before
    assert read == []
    changed = results / "host-0/99.json"
    store.save(make_run(0, 2e-3), changed)
    os.utime(changed, ns=(1, 1))
    (results / "host-1/98.json").unlink()
    after, _ = history.read(results)
    assert read == [changed]
    assert len(after) == len(before) - 1


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2, "entries": []}', "[1"])
def test_an_index_that_does_not_fit_is_made_again(results: Path, text: str) -> None:
    before, _ = history.read(results)
    (results / history.INDEX).write_text(text)
    assert history.read(results)[0] == before
    assert (results / history.INDEX).read_text() != text


def test_what_is_no_record_is_passed_over_and_named(results: Path) -> None:
    (results / "notes.json").write_text("{}")
    entries, passed_over = history.read(results)
    assert len(entries) == 16
    assert len(passed_over) == 1
    assert passed_over[0].startswith("notes.json is passed over")


def test_runs_of_a_gate_are_no_history(results: Path) -> None:
    store.save(make_run(40, 1.0), results / "host-0/gate-20260101T000000Z/head.json")
    (results / "host-0/gate-20260101T000000Z/comparison.json").write_text("{}")
    entries, passed_over = history.read(results)
    assert (len(entries), passed_over) == (16, [])


def test_a_copy_counts_once(results: Path) -> None:
    copy = results / "baselines/x/main.json"
    store.save(store.load(results / "host-0/99.json"), copy)
    assert len(history.read(results)[0]) == 16


def test_imported_times_count(tmp_path: Path) -> None:
    run = make_run(1, 1e-3, "unchecked", imported_from="pyperf")
    run = run.model_copy(
        update={
            "results": [
                make_result(status="unchecked", measurements=[make_measurement([1e-3] * 3)])
            ]
        }
    )
    store.save(run, tmp_path / "old.json")
    (series,) = history.series(history.read(tmp_path)[0])
    assert len(series.timed) == 1


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="--results"):
        history.read(tmp_path / "none")


def test_a_baseline_belongs_to_hardware(tmp_path: Path) -> None:
    here = history.baseline_path(tmp_path, make_environment(host="runner-1"), "main")
    assert here == history.baseline_path(tmp_path, make_environment(host="runner-2"), "main")
    assert here != history.baseline_path(tmp_path, OTHER, "main")


def test_a_broken_record_is_no_baseline() -> None:
    history.check_baseline(make_run(1, 1e-3), "x.json")
    with pytest.raises(ConfigurationError, match="is not ok"):
        history.check_baseline(make_run(1, 1e-3, "wrong"), "x.json")
    with pytest.raises(ConfigurationError, match="nothing was measured"):
        history.check_baseline(make_record(make_result("jax", "unavailable")), "x.json")


def test_a_plot(results: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    entries, _ = history.read(results)
    found = history.series(entries)
    trend.plot(found, tmp_path / "trend.svg")
    text = (tmp_path / "trend.svg").read_text()
    assert text.count("median [ms]") >= 1
    with pytest.raises(ConfigurationError, match="more than the 12"):
        trend.plot(found * 7, tmp_path / "trend.svg")
