"""The formats of other tools, judged by those tools' own loaders."""

from __future__ import annotations

import json
import math
import statistics
import xml.etree.ElementTree as ET
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from packaging.version import Version

from bench_harness import ConfigurationError, RecordError, UnknownNameError, store
from bench_harness.integrations import formats
from bench_harness.model import CaseResult, RunRecord, Source
from tests.factories import make_case, make_environment, make_measurement, make_record, make_result

SOURCE = Source(commit="0123456789abcdef" * 2 + "01234567", dirty=False, branch="main")
TIMES = [[0.001, 0.0012, 0.0011, 0.002], [0.0013, 0.0012, 0.0014, 0.0011]]
BMF_SCHEMA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"maxLength": 1024},
    "additionalProperties": {
        "type": "object",
        "propertyNames": {"maxLength": 64},
        "additionalProperties": {
            "type": "object",
            "properties": {
                name: {"type": "number"} for name in ("value", "lower_value", "upper_value")
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    },
}


def timed(label: str = "numpy", **changed: Any) -> CaseResult:
    measurements = [make_measurement(times, first_call_s=0.5, calls_per_run=7) for times in TIMES]
    return make_result(label, measurements=measurements, **changed)


@pytest.fixture
def record() -> RunRecord:
    """A record with a good case, a wrong one with times, a failed one, and one not run."""
    return make_record(
        timed(),
        timed("numba", status="wrong"),
        make_result("torch", "failed", reason="ValueError: \x1b[31mno", details="\x00 <trace>"),
        make_result("jax", "unavailable"),
        timed("python", case=make_case("python", "other/dot")),
        environment=make_environment(source=SOURCE),
    )


GOOD = ["sample/rms/default/numpy/cpu/float64", "other/dot/default/python/cpu/float64"]


def test_pyperf_loads_the_export(record: RunRecord) -> None:
    pyperf = pytest.importorskip("pyperf")
    suite = pyperf.BenchmarkSuite.loads(formats.export_text(record, "pyperf"))
    assert suite.get_benchmark_names() == GOOD
    benchmark = suite.get_benchmark(GOOD[0])
    assert [list(run.values) for run in benchmark.get_runs()] == TIMES
    assert benchmark.get_runs()[0].warmups == ((1, 0.5), (1, 0.002))
    assert benchmark.get_loops() == 7
    assert benchmark.get_unit() == "second"
    assert benchmark.median() == statistics.median(TIMES[0] + TIMES[1])
    assert benchmark.get_metadata()["cpu_model_name"] == "Processor"
    assert benchmark.get_dates() is not None


def test_pytest_benchmark_loads_the_export(record: RunRecord, tmp_path: Path) -> None:
    stats = pytest.importorskip("pytest_benchmark.stats")
    from pytest_benchmark.logger import Logger
    from pytest_benchmark.storage.file import FileStorage

    text = formats.export_text(record, "pytest-benchmark")
    (tmp_path / "0001_run.json").write_text(text)
    logger = Logger(level=0)
    loaded = list(FileStorage(tmp_path, logger=logger).load_benchmarks())
    assert [bench["fullname"] for bench in loaded] == GOOD
    stats_of = stats.Stats()
    for time in TIMES[0] + TIMES[1]:
        stats_of.update(time)
    expected = stats_of.as_dict()
    if Version(metadata.version("pytest-benchmark")) < Version("5.3.1"):
        # It took the datum after the one that is meant, an outlier.
        del expected["hd15iqr"]
    for name, value in expected.items():
        known = loaded[0][name]
        assert known == value if isinstance(value, str) else math.isclose(known, value), name
    assert loaded[0]["group"] == "sample/rms/default"
    assert loaded[0]["extra_info"]["backend"] == "numpy"
    assert loaded[0]["extra_info"]["first_call_s"] == 0.5


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8, 9, 20])
def test_statistics_are_those_of_pytest_benchmark(count: int) -> None:
    stats = pytest.importorskip("pytest_benchmark.stats")
    times = [1e-3 * (1 + (7 * i % 11) ** 2) for i in range(count)]
    expected = stats.Stats()
    if metadata.version("pytest-benchmark") < "5.3.1":
        expected.fields = [name for name in expected.fields if name != "hd15iqr"]  # was off by one
    for time in times:
        expected.update(time)
    record = make_record(make_result(measurements=[make_measurement(times)]))
    data = json.loads(formats.export_text(record, "pytest-benchmark"))
    for name, value in expected.as_dict().items():
        known = data["benchmarks"][0]["stats"][name]
        assert known == value if isinstance(value, str) else math.isclose(known, value), name


def test_bencher_metric_format(record: RunRecord) -> None:
    metrics = json.loads(formats.export_text(record, "bencher"))
    jsonschema.validate(metrics, BMF_SCHEMA)
    assert list(metrics) == GOOD
    latency = metrics[GOOD[0]]["latency"]
    # nanoseconds: the median over processes of their medians
    assert latency["value"] == pytest.approx(1.2e6)
    assert latency["lower_value"] <= latency["value"] <= latency["upper_value"]
    assert metrics[GOOD[0]]["first-call"] == {"value": 0.5e9}


def test_github_action_benchmark(record: RunRecord) -> None:
    entries = json.loads(formats.export_text(record, "github-action-benchmark"))
    assert [entry["name"] for entry in entries] == GOOD
    for entry in entries:
        assert set(entry) == {"name", "unit", "value", "range", "extra"}
        assert isinstance(entry["value"], float)  # a null would become 0
    assert entries[0]["unit"] == "ms"
    assert entries[0]["value"] == pytest.approx(1.2)


def test_junit(record: RunRecord) -> None:
    root = ET.fromstring(formats.export_text(record, "junit"))
    assert (root.tag, root.get("tests")) == ("testsuites", "5")
    assert (root.get("failures"), root.get("errors")) == ("1", "1")
    ends = {}
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time"} <= set(suite.keys())
        assert int(suite.get("tests", "")) == len(suite)
        for case in suite:
            assert {"classname", "name", "time"} == set(case.keys())
            assert float(case.get("time", "")) >= 0
            ends[case.get("name", "").split("/")[1]] = [child.tag for child in case]
    assert ends == {
        "numpy": ["system-out"],
        "numba": ["failure"],
        "torch": ["error"],
        "jax": ["skipped"],
        "python": ["system-out"],
    }
    error = root.find(".//error")
    assert error is not None
    assert error.text == "\ufffd <trace>"


def test_asv_loads_the_export(record: RunRecord, tmp_path: Path) -> None:
    results = pytest.importorskip("asv.results")
    from asv.benchmarks import Benchmarks
    from asv.config import Config

    formats.export_folder(record, "asv", tmp_path)
    conf = Config()
    conf.results_dir = str(tmp_path)
    benchmarks = Benchmarks.load(conf)
    name = "sample.rms.time_steady"
    assert {name, "sample.rms.peakmem", "other.dot.track_max_error"} <= set(benchmarks)
    (loaded,) = results.iter_results_for_machine(str(tmp_path), "quiet")
    assert loaded.commit_hash == SOURCE.commit
    assert set(benchmarks) == loaded.get_result_keys(benchmarks)
    params = benchmarks[name]["params"]
    assert params[1] == ["'numpy'", "'numba'", "'torch'", "'jax'"]
    good, wrong, failed, skipped = loaded.get_result_value(name, params)
    assert good == pytest.approx(1.2e-3)
    assert (wrong, failed) == (None, None)
    assert math.isnan(skipped)
    first, *rest = loaded.get_result_stats(name, params)
    assert first["ci_99_a"] <= good <= first["ci_99_b"]
    assert (first["repeat"], first["number"], rest) == (8, 7, [{}] * 3)
    assert loaded.get_result_samples(name, params)[0] == TIMES[0] + TIMES[1]
    first_calls = loaded.get_result_value("sample.rms.track_first_call", params)
    assert first_calls[0] == 0.5


def test_asv_results_add_up(record: RunRecord, tmp_path: Path) -> None:
    benchmarks = pytest.importorskip("asv.benchmarks")
    from asv.config import Config

    formats.export_folder(record, "asv", tmp_path)
    with pytest.raises(ConfigurationError, match="is not written over"):
        formats.export_folder(record, "asv", tmp_path)
    later = make_record(
        timed("torch.compile"),
        environment=make_environment(source=SOURCE.model_copy(update={"commit": "f" * 40})),
    )
    formats.export_folder(later, "asv", tmp_path)
    conf = Config()
    conf.results_dir = str(tmp_path)
    known = benchmarks.Benchmarks.load(conf)
    assert "other.dot.time_steady" in known
    assert known["sample.rms.time_steady"]["params"][1][-1] == "'torch.compile'"
    assert len([*(tmp_path / "quiet").glob("*.json")]) == 3


def test_asv_needs_a_commit(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has none"):
        formats.export_folder(make_record(timed()), "asv", tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(set(formats.EXPORTS) - formats.EVERY_STATUS))
def test_what_is_not_ok_is_never_exported_as_a_time(
    record: RunRecord, name: str, tmp_path: Path
) -> None:
    marked = 0.0423
    bad = [
        make_result("numba", "wrong", measurements=[make_measurement([marked] * 3)]),
        make_result("torch", "unchecked", measurements=[make_measurement([marked] * 3)]),
        make_result("jax", "timeout", measurements=[make_measurement([marked] * 3)]),
    ]
    mixed = record.model_copy(update={"results": [record.results[0], *bad]})
    if name in formats.FOLDERS:
        texts = [path.read_text() for path in formats.export_folder(mixed, name, tmp_path)]
    else:
        texts = [formats.export_text(mixed, name)]
    assert not any("423" in text for text in texts)


@pytest.mark.parametrize("name", sorted(formats.IMPORTS))
def test_what_goes_out_comes_back(record: RunRecord, name: str, tmp_path: Path) -> None:
    back = formats.parse(formats.export_text(record, name), name, "a file")
    assert [result.case.id for result in back.results] == GOOD
    result = back.results[0]
    assert result.case == record.results[0].case
    assert (result.status, result.verification) == ("unchecked", None)
    times = [time for m in result.measurements for time in m.times_s]
    assert times == TIMES[0] + TIMES[1]
    assert {m.first_call_s for m in result.measurements} == {0.5}
    assert {m.calls_per_run for m in result.measurements} == {7}
    assert back.environment.cpu.model == "Processor"
    assert back.environment.cpu.usable_cores is None
    store.save(back, tmp_path / "back.json")
    assert store.load(tmp_path / "back.json") == back


def test_pyperf_keeps_processes_apart(record: RunRecord) -> None:
    back = formats.parse(formats.export_text(record, "pyperf"), "pyperf", "a file")
    assert [m.times_s for m in back.results[0].measurements] == TIMES


def test_import_of_what_pyperf_writes(tmp_path: Path) -> None:
    pyperf = pytest.importorskip("pyperf")
    known = {"name": "json dumps", "cpu_count": 3, "hostname": "quiet"}
    runs = [
        pyperf.Run(values, warmups=warmups, metadata={**known, **more}, collect_metadata=False)
        for values, warmups, more in (
            ([], [(1, 0.1)], {"calibrate_loops": 4}),
            ([0.01, 0.02], [(4, 0.03)], {"loops": 4}),
        )
    ]
    size = pyperf.Run([5], metadata={"name": "size", "unit": "byte"}, collect_metadata=False)
    suite = pyperf.BenchmarkSuite([pyperf.Benchmark(runs), pyperf.Benchmark([size])])
    suite.dump(str(tmp_path / "old.json"))
    back = formats.parse((tmp_path / "old.json").read_text(), "pyperf", "old.json")
    (result,) = back.results
    assert result.case.id == "pyperf/json_dumps/default/unknown/unknown/unknown"
    (measurement,) = result.measurements
    assert measurement.times_s == [0.01, 0.02]
    assert measurement.warmup_times_s == [0.03]
    assert (measurement.calls_per_run, measurement.first_call_s) == (4, None)
    assert (back.environment.host, back.environment.cpu.logical_cores) == ("quiet", 3)
    assert back.imported_from == "pyperf"


def saved_benchmark(**changed: Any) -> dict[str, Any]:
    stats = {"min": 1.0, "q1": 2.0, "median": 3.0, "q3": 4.0, "max": 5.0, "rounds": 900}
    return {
        "fullname": "tests/test_x.py::TestY::test_f[a/1]",
        "stats": {**stats, "iterations": 2},
        **changed,
    }


def test_import_of_a_file_without_single_times() -> None:
    text = json.dumps({"benchmarks": [saved_benchmark()], "datetime": "2026-01-02T03:04:05"})
    back = formats.parse(text, "pytest-benchmark", "old.json")
    (result,) = back.results
    assert result.case.id == "tests_test_x_TestY/test_f/a_1/unknown/unknown/unknown"
    assert result.measurements[0].times_s == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert "stand for 900 of them" in result.warnings[0]
    assert back.environment.host == "unknown"
    assert back.environment.source is None


@pytest.mark.parametrize("name", sorted(formats.IMPORTS))
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("[]", "no list 'benchmarks'"),
        ('{"benchmarks": 1}', "no list 'benchmarks'"),
        ('{"version": "1.0", "benchmarks": [1]}', "benchmark 1"),
        ('{"version": "1.0", "benchmarks": []}', "no times"),
        ('{"version": "1.0", "metadata": [1], "benchmarks": [{}]}', "bad.json"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_files_that_cannot_be_imported(name: str, text: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        formats.parse(text, name, "bad.json")


@pytest.mark.parametrize("values", [["a"], [-1.0], [math.nan], [True], {}, "abc"])
def test_times_that_are_none_are_refused(values: Any) -> None:
    run = {"values": values, "metadata": {"name": "f"}}
    text = json.dumps({"version": "1.0", "benchmarks": [{"runs": [run]}]})
    with pytest.raises(RecordError, match="benchmark 1"):
        formats.parse(text if values != {} else text.replace("{}", "[{}]"), "pyperf", "bad.json")


def test_names_that_read_as_one_case_are_refused() -> None:
    pair = [saved_benchmark(fullname=name) for name in ("t.py::a-b", "t.py::a_b")]
    with pytest.raises(RecordError, match="two benchmarks read as case t/a_b"):
        formats.parse(json.dumps({"benchmarks": pair}), "pytest-benchmark", "x.json")


def test_an_old_pyperf_format_is_refused() -> None:
    with pytest.raises(RecordError, match="pyperf convert"):
        formats.parse('{"version": "0.8", "benchmarks": []}', "pyperf", "x.json")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UnknownNameError, match="pyperf"):
        formats.export_text(make_record(), "pyprf")
