"""Flat rows, CSV and data frames, and the lines and plots that are made of the same numbers."""

from __future__ import annotations

import csv
import io
import json
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

import bench_harness
from bench_harness import store
from bench_harness.errors import ConfigurationError, RecordError
from bench_harness.report.datafiles import flat_rows, render_csv, sample_rows
from bench_harness.report.palette import styles
from bench_harness.report.plots import render_plots
from bench_harness.report.points import points
from bench_harness.report.size_lines import crossing_text, size_lines
from tests.factories import make_case, make_environment, make_measurement, make_record, make_result
from tests.hostile_texts import hostile_record


def sized(label: str, n: int, time: float, **params: object):  # type: ignore[no-untyped-def]
    case = make_case(label, preset=f"default:n={n}", params={"n": n, **params})
    return make_result(case=case, measurements=[make_measurement([time] * 3)])


def lines_of(*results):  # type: ignore[no-untyped-def]
    return size_lines(points([make_record(*results)]))


def test_a_row_has_the_numbers_of_its_case() -> None:
    fast = make_result("numba", measurements=[make_measurement([0.0005] * 3)], flops=1e6)
    (_, row) = flat_rows([make_record(make_result("numpy"), fast)])
    assert row["case"] == "sample/rms/default/numba/cpu/float64"
    assert (row["steady_median_s"], row["speedup"]) == (0.0005, 4.0)
    assert (row["paid_back_after_calls"], row["flops_per_s"]) == (1, 2e9)
    assert row["speedup_low"] <= 4 <= row["speedup_high"]


def test_a_wrong_case_has_times_and_no_speedup() -> None:
    (_, row) = flat_rows([make_record(make_result("numpy"), make_result("numba", "wrong"))])
    assert row["steady_median_s"] == 0.002
    assert row["speedup"] is row["paid_back_after_calls"] is None


def test_csv_keeps_every_text_and_holds_no_formula() -> None:
    record = hostile_record()
    rows = list(csv.DictReader(io.StringIO(render_csv([record]))))
    assert len(rows) == len(record.results)
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert json.loads(rows[0]["params"]) == record.results[0].case.params
    reason = render_csv([make_record(make_result("jax", "failed", reason='=1+1, "x"\ny'))])
    assert next(csv.DictReader(io.StringIO(reason)))["reason"] == '\'=1+1, "x"\ny'


def test_load_results_gives_cases_or_runs(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, host in zip(paths, ("here", "there"), strict=True):
        record = make_record(make_result(), environment=make_environment(host=host))
        path.write_text(store.dump(record), encoding="utf-8")
    frame = bench_harness.load_results(paths)
    assert frame["host"].tolist() == ["here", "there"]
    assert frame["steady_median_s"].tolist() == [0.002, 0.002]
    runs = bench_harness.load_results(str(paths[0]), samples=True)
    assert runs["time_s"].tolist() == [0.001, 0.002, 0.003]
    assert runs["run"].tolist() == [0, 1, 2]
    with pytest.raises(RecordError, match=r"none\.json"):
        bench_harness.load_results([tmp_path / "none.json"])


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigurationError, match=r"pandas.*pip install 'bench-harness\[report\]'"):
        bench_harness.load_results([])


def test_samples_name_process_and_run() -> None:
    measured = [make_measurement([0.1, 0.2]), make_measurement([0.3])]
    rows = sample_rows([make_record(make_result(measurements=measured))])
    found = [(row["process"], row["run"], row["time_s"]) for row in rows]
    assert found == [(0, 0, 0.1), (0, 1, 0.2), (1, 0, 0.3)]


def test_lines_cross_where_their_logarithms_do() -> None:
    results = [sized("numpy", n, 1e-6 * n) for n in (10, 1000)]
    results += [sized("numba", n, 1e-4) for n in (10, 1000)]
    (shown,) = lines_of(*results)
    assert shown.axis == "n"
    assert [line.label for line in shown.lines] == ["numpy", "numba"]
    (crossing,) = shown.crossings
    assert crossing.size == pytest.approx(100)
    assert crossing.seconds == pytest.approx(1e-4)
    text = crossing_text(shown, crossing)
    assert text == "numba overtakes numpy between n = 10 and 1000, near 100"


def test_several_parameters_make_one_axis_and_texts_part_the_lines() -> None:
    results = [
        sized("numpy", n, 1e-6 * n * m, m=m, kind=kind)
        for kind in ("dense", "banded")
        for n, m in ((10, 2), (100, 3))
    ]
    shown = lines_of(*results)
    assert [(lines.axis, lines.fixed) for lines in shown] == [
        ("n × m", "kind=dense"),
        ("n × m", "kind=banded"),
    ]
    assert shown[0].lines[0].sizes == [20, 300]


def test_one_size_or_two_shapes_of_one_size_make_no_line() -> None:
    assert lines_of(sized("numpy", 10, 1e-3)) == []
    assert lines_of(sized("numpy", 10, 1e-3, m=4), sized("numpy", 20, 1e-3, m=2)) == []
    wrong = [
        make_result("numba", "wrong", case=make_case("numba", params={"n": n})) for n in (1, 2)
    ]
    assert lines_of(*wrong) == []


def test_a_backend_keeps_its_colour_and_a_variant_has_its_own_marker() -> None:
    found = styles([make_case(label) for label in ("dpnp", "torch.compile", "torch", "numba")])
    assert [*found] == ["numba", "torch", "torch.compile", "dpnp"]
    assert found["torch"].light == found["torch.compile"].light != found["numba"].light
    assert found["torch"].marker != found["torch.compile"].marker


@pytest.mark.slow
def test_plots_are_images_and_the_same_each_time() -> None:
    pytest.importorskip("matplotlib")
    results = [sized("numpy", n, 1e-6 * n) for n in (10, 1000)]
    results += [sized("numba", n, 1e-4) for n in (10, 1000)]
    record = make_record(*results)
    plots = dict(render_plots(record))
    names = {name.partition(".")[0] for name in plots}
    assert names == {
        *("speedup", "first-call", "time-versus-error", "scaling-1-sample-rms", "samples-sample")
    }
    for name, content in plots.items():
        if name.endswith(".png"):
            assert content.startswith(b"\x89PNG")
        else:
            assert xml.etree.ElementTree.fromstring(content).tag.endswith("svg")
    assert dict(render_plots(record))["speedup.svg"] == plots["speedup.svg"]


@pytest.mark.slow
def test_a_hostile_record_is_plotted_as_text() -> None:
    pytest.importorskip("matplotlib")
    for name, content in render_plots(hostile_record()):
        assert name.rpartition(".")[0].replace("-", "").replace("_", "").isalnum()
        if name.endswith(".svg"):
            tree = xml.etree.ElementTree.fromstring(content)
            assert not [element for element in tree.iter() if "script" in str(element.tag)]
