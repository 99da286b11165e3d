"""Whatever is read from outside ends in a result or in a clear error, never in a traceback.

``BENCH_HARNESS_TEST_EXAMPLES=20000`` sets the number of examples of each property.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench_harness import store, strictjson
from bench_harness.cli.changes import parse_changes
from bench_harness.discovery import discover
from bench_harness.errors import HarnessError, RecordError
from bench_harness.integrations import formats
from bench_harness.model import RunRecord
from bench_harness.outline import outline
from bench_harness.report.markdown import render_report
from bench_harness.report.ratios import load_targets
from tests import hostile

fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
GOOD = {**hostile.good(), "results": hostile.good()["results"][:6]}
PLACES = list(hostile.places(GOOD))
TEXT = json.dumps(GOOD)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([*hostile.PAYLOADS.values()]),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3)
    ),
    max_leaves=5,
)


def loaded(text: str) -> RunRecord | None:
    """Return the record in a text; None if the text is refused."""
    try:
        return store.parse(text, "run.json")
    except RecordError:
        return None


def is_harmless(record: RunRecord) -> bool:
    """Tell whether a record renders without a script and is the same when written and read."""
    report = render_report(record).partition("## How to reproduce")[0]
    again = store.parse(store.dump(record, full=True), "again")
    return "<script" not in report and again == record


@fuzzed
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=3))
def test_a_mutated_record_is_loaded_or_refused(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    data = json.loads(TEXT)
    for place, value in changes:
        try:
            hostile.put(data, place, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    record = loaded(json.dumps(data))
    assert record is None or is_harmless(record)


@fuzzed
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=10))
def test_a_text_with_a_piece_replaced_is_loaded_or_refused(at: int, cut: int, new: str) -> None:
    record = loaded(TEXT[:at] + new + TEXT[at + cut :])
    assert record is None or is_harmless(record)


@fuzzed
@given(content=st.binary(max_size=200), at=st.integers(0, 4000), cut=st.integers(0, 400))
def test_a_mutated_journal_is_read_or_refused(
    content: bytes, at: int, cut: int, tmp_path: Path
) -> None:
    journal = store.Journal(tmp_path / "run.json")
    if not (tmp_path / "good").exists():
        record = store.parse(TEXT, "good")
        head = record.model_copy(update={"results": []})
        lines = [part.model_dump_json() for part in (head, *record.results[:3])]
        (tmp_path / "good").write_text("\n".join(lines) + "\n")
    good = (tmp_path / "good").read_bytes()
    journal.path.write_bytes(good[:at] + content + good[at + cut :])
    try:
        record = store.read_journal(journal.path)
    except RecordError:
        return
    assert store.parse(store.dump(record, full=True), "again") == record


FOREIGN = {name: formats.export_text(store.parse(TEXT, "good"), name) for name in formats.IMPORTS}


@fuzzed
@given(st.sampled_from([*FOREIGN]), st.data())
def test_a_mutated_file_of_another_tool_is_imported_or_refused(name: str, data: Any) -> None:
    parsed = json.loads(FOREIGN[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(hostile.places(parsed))))
        hostile.put(parsed, place, data.draw(JSON))
    try:
        record = formats.parse(json.dumps(parsed), name, "file")
    except HarnessError:
        return
    assert is_harmless(record)


@fuzzed
@given(st.text(max_size=60) | JSON.map(lambda value: json.dumps(value)))
def test_strict_json_gives_back_what_can_be_written(text: str) -> None:
    try:
        value = strictjson.loads(text)
    except ValueError:
        return
    assert strictjson.loads(json.dumps(value, allow_nan=False)) == value


@fuzzed
@given(
    st.lists(st.text(max_size=20) | st.from_regex(r"[a-z]{1,3}=[-+.,0-9eE_naif]{0,9}"), max_size=3)
)
def test_values_given_as_text_are_parsed_or_refused(texts: list[str]) -> None:
    try:
        changes = parse_changes(texts)
    except HarnessError:
        return
    assert json.loads(json.dumps(changes, allow_nan=False)) == changes
    assert all(name.isidentifier() and values for name, values in changes.items())


CELLS = st.sampled_from(["1", "2", "0", "-1", "0.5", "nan", "inf", "1e999", "", "x", "a/b"])
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4).map(",".join), max_size=3).map("\n".join)


@fuzzed
@given(content=st.binary(max_size=200) | ROWS.map(str.encode))
def test_a_file_of_targets_is_read_or_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_bytes(b"selector,threads,ratio\n" + content)
    try:
        targets = load_targets(tmp_path / "targets.csv")
    except HarnessError:
        return
    assert all(target.threads > 0 and 0 < target.ratio < math.inf for target in targets)


NAMES = st.text(
    st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=12
)
PIECES = [
    "KERNEL = Kernel(",
    "title=",
    "'a'",
    "presets={",
    "'smoke'",
    ":",
    "{}",
    "}",
    ")",
    "\n",
    ",",
]
PIECES += ["outputs=('x',)", "raise SystemExit", "\x00", "KERNEL", "=", "[", "(", "*x", "**y", "0"]


@fuzzed
@given(
    names=st.lists(
        st.sampled_from(["rms_numpy.py", "rms_a.py", "rms_numpy__b.py"]) | NAMES, max_size=3
    ),
    pieces=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12),
)
def test_a_folder_of_a_suite_is_listed_or_refused(
    names: list[str], pieces: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("suites")
    kernel = folder / "own/rms"
    kernel.mkdir(parents=True)
    for name in names:
        try:
            (kernel / name).write_text("".join(pieces), encoding="utf-8")
        except OSError:
            continue  # "." and ".." are no files
    (kernel / "kernel.py").write_text("".join(pieces), encoding="utf-8")
    try:
        outlines = {name: outline(found) for name, found in discover([folder]).items()}
    except HarnessError:
        return
    assert set(outlines) <= {"own/rms"}
    assert all(json.dumps(found, default=str) for found in outlines.values())
