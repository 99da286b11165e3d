"""Records on disk: written whole or not at all, refused unless they are what they claim."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pydantic
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bench_harness import store
from bench_harness.errors import ConfigurationError, RecordError
from bench_harness.model import BackendInfo, RunConfig, RunRecord
from bench_harness.report.markdown import render_report
from bench_harness.store import Journal
from tests.factories import (
    make_case,
    make_environment,
    make_measurement,
    make_record,
    make_result,
)

VALIDATOR = jsonschema.Draft202012Validator(store.json_schema())
SCHEMA = Path(__file__).parent.parent.parent / "docs/result.schema.json"
CONSTRAINTS = Path(__file__).parent.parent.parent / "constraints.txt"

# -- records of all sorts ---------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.floats(0, 1e6)
JSON = st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), NUMBER, TEXT)
LABELS = st.sampled_from(["numpy", "numba", "torch", "torch.compile", "jax", "python"])
MEASUREMENTS = st.builds(
    make_measurement,
    times_s=st.lists(NUMBER, min_size=3, max_size=3),
    first_call_s=NUMBER,
    warmup_times_s=st.lists(NUMBER, max_size=2),
    peak_rss_bytes=st.none() | st.integers(0, 2**50),
)


@st.composite
def results(draw: st.DrawFn, kernel: str) -> Any:
    """Draw a result with the fields that its status calls for."""
    status = draw(st.sampled_from(["ok", "wrong", "failed", "timeout", "unavailable", "skipped"]))
    case = make_case(draw(LABELS), kernel, params=draw(st.dictionaries(TEXT, JSON, max_size=2)))
    changed: dict[str, Any] = {"case": case, "warnings": draw(st.lists(TEXT, max_size=2))}
    if status in ("ok", "wrong"):
        changed["measurements"] = draw(st.lists(MEASUREMENTS, min_size=1, max_size=2))
    else:
        changed |= {"reason": draw(TEXT), "details": draw(st.none() | TEXT)}
    return make_result(status=status, **changed)


@st.composite
def records(draw: st.DrawFn) -> RunRecord:
    """Draw a record of two kernels."""
    found = [
        result
        for kernel in ("sample/rms", "sample/shift")
        for result in draw(
            st.lists(results(kernel), max_size=4, unique_by=lambda result: result.case.id)
        )
    ]
    environment = make_environment(host=draw(TEXT), packages=draw(st.dictionaries(TEXT, TEXT)))
    argv = draw(st.lists(TEXT, max_size=3))
    return make_record(*found, environment=environment, argv=argv)


@given(records())
def test_a_record_survives_the_disk(record: RunRecord) -> None:
    assert store.parse(store.dump(record), "text") == record


@settings(phases=[Phase.generate])
@given(records())
def test_any_record_fits_the_schema_and_can_be_reported(record: RunRecord) -> None:
    VALIDATOR.validate(json.loads(store.dump(record)))
    assert render_report(record).startswith("# Benchmark report: ")


def test_the_published_schema_is_the_one_of_this_version() -> None:
    pinned = re.search(r"^pydantic==(\S+)", CONSTRAINTS.read_text(), re.MULTILINE)
    if pinned is None or pinned[1] != pydantic.VERSION:
        pytest.skip("pydantic words a schema anew from version to version; this is not the pinned")
    expected = json.dumps(store.json_schema(), indent=1) + "\n"
    assert SCHEMA.read_text() == expected, "run: python -m tests.regenerate"


def test_the_schema_refuses_what_a_record_never_holds() -> None:
    data = json.loads(store.dump(make_record(make_result())))
    data["results"][0]["speed"] = 1
    with pytest.raises(jsonschema.ValidationError, match="speed"):
        VALIDATOR.validate(data)


def test_a_saved_record_carries_what_is_derived_for_readers() -> None:
    record = make_record(
        make_result("numpy"), make_result("numba", measurements=[make_measurement([0.001] * 3)])
    )
    reference, fast = json.loads(store.dump(record))["results"]
    assert fast["case"]["id"] == "sample/rms/default/numba/cpu/float64"
    assert fast["summary"]["steady_median_ms"] == 1.0
    assert fast["summary"]["steady_ci95_ms"] == [1.0, 1.0]
    assert fast["summary"]["speedup_vs_reference"] == 2.0
    assert fast["summary"]["first_call_ms"] == 500.0
    assert fast["summary"]["jit_ms"] == 499.0
    assert fast["summary"]["break_even_calls"] == 1
    assert reference["summary"]["speedup_vs_reference"] == 1.0


def test_a_wrong_case_has_times_and_no_speedup() -> None:
    record = make_record(make_result("numpy"), make_result("numba", "wrong"))
    summary = json.loads(store.dump(record))["results"][1]["summary"]
    assert summary["steady_median_ms"] == 2.0
    assert summary["speedup_vs_reference"] is None
    assert summary["break_even_calls"] is None


def test_a_wrong_reference_gives_nobody_a_speedup() -> None:
    record = make_record(make_result("numpy", "wrong"), make_result("numba"))
    assert json.loads(store.dump(record))["results"][1]["summary"]["speedup_vs_reference"] is None


# -- what is refused --------------------------------------------------------------------------

Edit = Callable[[dict[str, Any]], Any]


def dumped(edit: Edit | None = None) -> str:
    data = json.loads(store.dump(make_record(make_result("numpy"), make_result("numba"))))
    if edit is not None:
        edit(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", "{}", '{"a": 1}', "\x00", "[" * 10**5]
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match=r"run\.json"):
        store.parse(text, "run.json")


@given(st.integers(1, len(dumped()) - 1))
def test_a_truncated_record_is_refused(length: int) -> None:
    with pytest.raises(RecordError, match=r"run\.json is not a bench-harness record"):
        store.parse(dumped()[:length], "run.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("place", ["0.002", '"n": 10'])
def test_numbers_that_are_none_are_refused(number: str, place: str) -> None:
    text = dumped()
    assert place in text
    broken = text.replace(place, place.replace(place.split()[-1], number), 1)
    with pytest.raises(RecordError):
        store.parse(broken, "run.json")


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5])
def test_another_schema_version_is_refused_with_both(version: object) -> None:
    with pytest.raises(
        RecordError, match=f"version {version!r}; this bench-harness reads version 1"
    ):
        store.parse(dumped(lambda data: data.update(schema_version=version)), "run.json")


def _case(data: dict[str, Any]) -> dict[str, Any]:
    return data["results"][1]["case"]  # type: ignore[no-any-return]


def _measurement(data: dict[str, Any]) -> dict[str, Any]:
    return data["results"][1]["measurements"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda data: data.update(results=None), "results"),
        (lambda data: data.update(results=[3]), "results.0"),
        (lambda data: data.pop("argv"), "argv"),
        (lambda data: data.update(extra=1), "extra"),
        (lambda data: data["config"].update(timed_runs="20"), "config.timed_runs"),
        (lambda data: data["config"].update(timed_runs=0), "config.timed_runs"),
        (lambda data: data["config"].update(threads=True), "config.threads"),
        (lambda data: data["environment"]["cpu"].pop("model"), "environment.cpu.model"),
        (lambda data: _case(data).update(colour="red"), "results.1.case.colour"),
        (lambda data: _case(data).update(suite="a/b"), "results.1.case.suite"),
        (lambda data: data["results"][1].update(status="fine"), "results.1.status"),
        (lambda data: _measurement(data).update(times_s=[]), "times_s"),
        (lambda data: _measurement(data).update(times_s=["1.0"]), "times_s.0"),
        (lambda data: _measurement(data).update(times_s=[-1.0]), "times_s.0"),
        (lambda data: _measurement(data).update(times_s=None), "times_s"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_with_its_place(edit: Edit, place: str) -> None:
    with pytest.raises(RecordError, match="does not fit the record's schema at") as caught:
        store.parse(dumped(edit), "run.json")
    assert place in str(caught.value)


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data["results"][1].update(verification=None),
        lambda data: data["results"][1].update(measurements=[]),
        lambda data: data["results"][1]["verification"].update(passed=False),
    ],
)
def test_ok_without_times_and_a_passed_verdict_is_refused(edit: Edit) -> None:
    with pytest.raises(RecordError, match=r"sample/rms/default/numba/cpu/float64 is 'ok'"):
        store.parse(dumped(edit), "run.json")


def test_a_case_that_stands_twice_is_refused() -> None:
    with pytest.raises(RecordError, match="holds case sample/rms/default/numpy/cpu/float64 twice"):
        store.parse(dumped(lambda data: _case(data).update(backend="numpy")), "run.json")


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(RecordError, match="stands twice"):
        store.parse('{"schema_version": 1, ' + dumped()[1:], "run.json")


def test_an_edited_summary_is_ignored() -> None:
    edited = dumped(lambda data: data["results"][1].update(summary={"speedup_vs_reference": 99}))
    assert store.parse(edited, "run.json") == store.parse(dumped(), "run.json")


def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"missing\.json cannot be read"):
        store.load(tmp_path / "missing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(RecordError, match=r"bytes\.json cannot be read"):
        store.load(tmp_path / "bytes.json")
    with pytest.raises(RecordError, match="cannot be read"):
        store.load(tmp_path)


# -- writing ----------------------------------------------------------------------------------


def test_save_makes_the_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "deep/er/run.json"
    store.save(make_record(make_result()), path)
    assert store.load(path) == make_record(make_result())
    assert [file.name for file in path.parent.iterdir()] == ["run.json"]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((store.os, "fsync") if broken == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="No space"):
        store.save(make_record(make_result()), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_the_home_folder_is_not_in_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    argv = ["bench-harness", "run", "--set", f"track={tmp_path}/tracks/spa.csv"]
    text = store.dump(make_record(argv=argv))
    assert str(tmp_path) not in text
    assert "track=~/tracks/spa.csv" in text


def test_the_users_name_is_not_in_a_record_and_names_of_cases_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    argv = ["run", "track=/media/numba2/a.csv", "/tmp/pytest-of-numba2/x", "numba2"]
    record = make_record(make_result("numba"), argv=argv)
    monkeypatch.setenv("LOGNAME", "numba2")
    text = store.dump(record)
    assert "/numba2/" not in text
    assert "-of-numba2" not in text
    assert store.parse(text, "text").argv[1] == "track=/media/<user>/a.csv"
    assert "/media/numba2/a.csv" in store.dump(record, full=True)
    monkeypatch.setenv("LOGNAME", "numba")
    assert store.parse(store.dump(record), "text").results == record.results


# -- the journal ------------------------------------------------------------------------------


def journalled(output: Path, *labels: str) -> Journal:
    journal = Journal(output)
    journal.start(make_record())
    for label in labels:
        journal.append(make_result(label))
    return journal


def test_every_finished_case_is_on_the_disk_at_once(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    journal = journalled(output, "numpy")
    assert store.load_unfinished(output) == make_record(make_result("numpy"))
    journal.append(make_result("numba"))
    assert [r.case.label for r in store.load_unfinished(output).results] == ["numpy", "numba"]


def test_a_torn_last_line_costs_that_case_only(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    path = journalled(output, "numpy", "numba").path
    text = path.read_text()
    for length in (len(text) - 1, len(text) - 500):
        path.write_text(text[:length])
        assert store.load_unfinished(output) == make_record(make_result("numpy"))
    path.write_bytes(text.encode()[:-500] + "é".encode()[:1])  # torn within a character
    assert store.load_unfinished(output) == make_record(make_result("numpy"))


def test_a_torn_line_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = journalled(tmp_path / "run.json", "numpy", "numba").path
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:50], lines[2]]) + "\n")
    with pytest.raises(RecordError, match="no readable journal"):
        store.load_unfinished(tmp_path / "run.json")


@pytest.mark.parametrize("text", ["{}\n", "half a head", "{}"])
def test_a_journal_without_its_head_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json.journal").write_text(text)
    with pytest.raises(RecordError, match=r"run\.json\.journal is"):
        store.load_unfinished(tmp_path / "run.json")


def test_what_workers_said_of_their_backends_is_on_the_disk_too(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    journal = journalled(output, "numpy")
    for version in ("1.0", "2.0"):
        journal.append_backend("numpy", BackendInfo(usable=True, version=version))
    backends = store.load_unfinished(output).environment.backends
    assert backends == {"numpy": BackendInfo(usable=True, version="2.0")}


def test_a_later_line_replaces_an_earlier_one(tmp_path: Path) -> None:
    journal = journalled(tmp_path / "run.json", "numpy", "numba")
    journal.append(make_result("numpy", "failed"))
    found = store.load_unfinished(tmp_path / "run.json").results
    assert [(r.case.label, r.status) for r in found] == [("numpy", "failed"), ("numba", "ok")]


def test_finish_writes_the_record_and_removes_the_journal(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    journalled(output, "numpy").finish(make_record(make_result("numpy")), output)
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
    assert store.load_unfinished(output) == store.load(output)


def test_a_record_that_cannot_be_written_leaves_its_journal(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    journal = journalled(output, "numpy")
    output.mkdir()
    with pytest.raises(RecordError, match="--resume"):
        journal.finish(make_record(make_result("numpy")), output)
    assert store.load_unfinished(output) == make_record(make_result("numpy"))


def test_a_resumed_journal_never_holds_less_than_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "run.json"
    journalled(output, "numpy", "numba")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store.os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        Journal(output).start(make_record(make_result("numpy"), make_result("numba")))
    assert len(store.load_unfinished(output).results) == 2


def test_a_journal_that_cannot_be_created_is_found_before_measuring(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="nothing was measured"):
        Journal(tmp_path / "file/run.json").start(make_record())


def test_a_record_keeps_the_configuration_it_was_measured_with() -> None:
    config = RunConfig(warmup_runs=0, timed_runs=3, threads=2, jit_cache="warm", rtol=1e-3)
    assert store.parse(store.dump(make_record(config=config)), "text").config == config


# -- two writers ------------------------------------------------------------------------------


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    journal = journalled(output, "numpy")
    for replace in (True, False):
        with pytest.raises(ConfigurationError, match="is being written by another run"):
            Journal(output).start(make_record(), replace)
    journal.append(make_result("numba"))
    assert len(store.load_unfinished(output).results) == 2
    journal.finish(make_record(make_result("numpy")), output)
    Journal(output).start(make_record())


def test_what_appeared_since_the_command_began_is_not_written_over(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    store.save(make_record(make_result()), output)
    with pytest.raises(ConfigurationError, match="is not written over"):
        Journal(output).start(make_record(), replace=False)
    assert store.load(output) == make_record(make_result())
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_a_run_that_was_killed_at_its_very_start_left_nothing_to_resume(tmp_path: Path) -> None:
    output = tmp_path / "run.json"
    Journal(output).path.touch()
    assert not Journal(output).exists()
    with pytest.raises(RecordError, match=r"run\.json cannot be read"):
        store.load_unfinished(output)
    Journal(output).start(make_record(), replace=False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process for every crash")
def test_a_crash_at_any_write_loses_no_finished_case(tmp_path: Path) -> None:
    """SIGKILL before each call that changes the disk in turn, in the life of one record."""
    labels = ["numpy", "numba", "torch"]
    survived = []
    for crash_at in range(1000):
        output = tmp_path / str(crash_at) / "run.json"
        told = tmp_path / f"{crash_at}.told"
        pid = os.fork()
        if pid == 0:
            _write_until(crash_at, output, told, labels)
        _, status = os.waitpid(pid, 0)
        finished = told.read_text().split() if told.exists() else []
        found = []
        if output.exists() or Journal(output).exists():
            found = [result.case.label for result in store.load_unfinished(output).results]
        assert found[: len(finished)] == finished, crash_at
        _resume(output, labels)
        assert [file.name for file in output.parent.iterdir()] == ["run.json"]
        survived.append(len(found))
        if not os.WIFSIGNALED(status):
            break
    assert survived[0] == 0
    assert survived[-1] == len(labels)
    assert len(survived) > 15, "there are fewer calls than this test needs to be worth anything"


def _write_until(crash_at: int, output: Path, told: Path, labels: list[str]) -> None:
    """Live through a run and die at one of the calls that change the disk; never returns."""
    calls = count()

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            if next(calls) == crash_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return wrapped

    try:
        for owner, name in (
            *((os, name) for name in ("open", "fsync", "mkdir", "fdopen", "close", "replace")),
            *((Path, name) for name in ("replace", "unlink", "chmod", "mkdir")),
            (store, "_lock"),
            (store.tempfile, "mkstemp"),
            (Journal, "_write"),
        ):
            setattr(owner, name, dying(getattr(owner, name)))
        results = [make_result(label) for label in labels]
        journal = Journal(output)
        journal.start(make_record(), replace=False)
        for result in results:
            journal.append(result)
            with open(told, "a") as file:
                file.write(f"{result.case.label}\n")
        journal.finish(make_record(*results), output)
    finally:
        os._exit(0)


def _resume(output: Path, labels: list[str]) -> None:
    """Go on as ``--resume`` does, and compare with a run that was never interrupted."""
    known = []
    if output.exists() or Journal(output).exists():
        known = list(store.load_unfinished(output).results)
    journal = Journal(output)
    journal.start(make_record(*known))
    for label in labels[len(known) :]:
        known.append(make_result(label))
        journal.append(known[-1])
    journal.finish(make_record(*known), output)
    assert store.load(output) == make_record(*(make_result(label) for label in labels))
