"""Records that nobody vouches for: refused with a clear error, or shown as the text they hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench_harness import store, strictjson, units
from bench_harness.cli import USAGE_ERROR, main
from bench_harness.errors import RecordError
from bench_harness.model import SCHEMA_VERSION
from bench_harness.report.markdown import render_report
from tests import hostile

RECORDS = Path(__file__).parent.parent / "data/records"


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_a_hostile_record_is_refused_with_its_name(name: str) -> None:
    with pytest.raises(RecordError, match=r"run\.json") as caught:
        store.parse(hostile.REFUSED[name](), "run.json")
    assert len(str(caught.value)) < 1000


def test_the_record_that_the_hostile_ones_are_made_of_is_good() -> None:
    assert store.parse(json.dumps(hostile.good()), "good").results


def test_what_the_command_line_says_of_a_hostile_record_is_one_paragraph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, make in hostile.REFUSED.items():
        path = tmp_path / "run.json"
        path.write_text(make(), encoding="utf-8")
        assert main(["report", str(path)]) == USAGE_ERROR, name
        out, error = capsys.readouterr()
        assert out == ""
        assert error.startswith("Error: "), name
        assert "Traceback" not in error
        assert "\x1b" not in error
        assert error.count("\n") == 1, name


@pytest.mark.slow
def test_a_hundred_megabytes_of_nesting_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(hostile.huge())
    with pytest.raises(RecordError, match="nests more than"):
        store.load(path)


@pytest.mark.parametrize("name", hostile.PAYLOADS)
def test_an_attack_in_every_string_is_shown_as_text(name: str) -> None:
    payload = hostile.PAYLOADS[name]
    text = hostile.scripted(payload)
    assert text.count(json.dumps(payload)) > 100
    report = render_report(store.parse(text, "run.json"))
    blocks = re.sub(r"(?ms)^(`{3,})\n.*?^\1$", "", report)  # code blocks show what they hold
    assert re.findall(r"<\s*[a-zA-Z/!]", blocks) == []
    assert "](" not in blocks
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", report) == []
    rows = [line for line in blocks.splitlines() if line.startswith("|")]
    assert all(re.search(r"(?<!\\)\|$", row) for row in rows)


def test_text_for_the_terminal_has_no_commands_in_it() -> None:
    assert units.printable("a\tb\n\x1b[2J\x07\x9b\u202eé–") == "a\tb\n\ufffd[2J\ufffd\ufffd\ufffdé–"


def test_nesting_is_counted_outside_of_strings() -> None:
    deep = "[" * strictjson.MAX_DEPTH + "]" * strictjson.MAX_DEPTH
    assert strictjson.loads(deep)
    assert strictjson.loads('["[[[", "\\"[", {"]": []}]') == ["[[[", '"[', {"]": []}]
    with pytest.raises(ValueError, match="nests more than 64 levels"):
        strictjson.loads(f"[{deep}]")
    for unmatched in ("[" * 10_000, "[}" * 10_000, "]" * 10_000 + "[" * 10_000):
        with pytest.raises(ValueError, match="do not match"):
            strictjson.loads(unmatched)
    with pytest.raises(json.JSONDecodeError):
        strictjson.loads('{"a": [1}')


def test_a_string_without_an_end_is_read_once() -> None:
    with pytest.raises(json.JSONDecodeError):  # took hours when each quote was tried
        strictjson.loads('["' + '\\"' * 1_000_000)


@pytest.mark.parametrize("path", sorted(RECORDS.glob("v*.json")), ids=lambda path: path.stem)
def test_a_record_of_an_older_version_still_loads(path: Path) -> None:
    record = store.load(path)
    assert record.results
    assert render_report(record)


def test_every_version_of_the_schema_has_a_sample() -> None:
    sampled = {
        json.loads(path.read_text(encoding="utf-8"))["schema_version"]
        for path in RECORDS.glob("v*.json")
    }
    assert sampled == set(range(1, SCHEMA_VERSION + 1))
