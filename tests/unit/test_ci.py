"""What CI services show: annotations, step summaries, comments, JUnit."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench_harness import ConfigurationError
from bench_harness.comparison import CaseComparison, ComparedSide, Comparison, RatioEstimate
from bench_harness.integrations import ci
from bench_harness.integrations.formats import junit
from tests.factories import make_case, make_record, make_result

RATIO = RatioEstimate(point=1.2, low=1.1, high=1.3, confidence=0.95)


def compared(label: str, **changed: object) -> CaseComparison:
    fields = {"base_status": "ok", "head_status": "ok", "max_slowdown": 0.05, "ratio": RATIO}
    return CaseComparison(case=make_case(label), **{**fields, **changed})


def comparison(*cases: CaseComparison, **changed: object) -> Comparison:
    sides = {"base": ComparedSide(name="base.json"), "head": ComparedSide(name="head.json")}
    return Comparison(kind="compare", cases=list(cases), **{**sides, **changed})


MIXED = comparison(
    compared("numpy", verdict="equivalent"),
    compared("numba", verdict="regressed"),
    compared("torch", head_status="wrong", lost=["was ok, is wrong: 50%, off: by one\nor two"]),
    compared("jax", verdict=None, reason="it is unavailable on both sides"),
    compared("python", error_growth=20.0, max_error_growth=10.0, lost=["error grew 20 times"]),
    missing=["sample/rms/gone/numpy/cpu/float64"],
)


def test_commands_are_escaped_so_that_no_text_is_a_command() -> None:
    notice = ci.Notice("error", "a:b,c\n::warning::x", "50% of it\r\n::error::y")
    assert ci.workflow_commands([notice]) == (
        "::error title=a%3Ab%2Cc%0A%3A%3Awarning%3A%3Ax::50%25 of it%0D%0A::error::y"
    )


def test_annotations_of_a_run() -> None:
    record = make_record(
        make_result(warnings=["contended: close them"]),
        make_result("numba", "wrong", reason="rms: is 2, not 1"),
        make_result("jax", "unavailable"),
    )
    assert ci.workflow_commands(ci.of_record(record).notices).splitlines() == [
        "::error title=sample/rms/default/numba/cpu/float64%3A wrong::rms: is 2, not 1",
        "::warning title=sample/rms/default/numpy/cpu/float64::contended: close them",
    ]


def test_annotations_of_a_comparison() -> None:
    lines = ci.workflow_commands(ci.of_comparison(MIXED).notices).splitlines()
    kinds = [re.match(r"::(\w+) title=sample/rms/\w+/(\w+)", line) for line in lines]
    assert [match and match.groups() for match in kinds] == [
        ("error", "torch"),
        ("error", "python"),
        ("error", "numba"),
        ("warning", "numpy"),  # the missing one
    ]
    assert "20.0%25 slower" in lines[2]


def test_no_more_annotations_than_github_shows() -> None:
    notices = [ci.Notice("error", f"case {number}", "broken") for number in range(25)]
    lines = ci.workflow_commands(notices).splitlines()
    assert len(lines) == ci.MAX_ANNOTATIONS
    assert lines[-1] == "::error title=bench-harness::16 more; see the step summary"
    assert len(ci.workflow_commands(notices[:10]).splitlines()) == 10


def test_the_step_summary_is_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ci.SUMMARY_VARIABLE, raising=False)
    assert not ci.add_step_summary("text")
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv(ci.SUMMARY_VARIABLE, str(path))
    assert ci.add_step_summary("text")
    assert path.read_text() == "before\ntext\n"
    monkeypatch.setenv(ci.SUMMARY_VARIABLE, str(tmp_path / "none/summary.md"))
    with pytest.raises(ConfigurationError, match="cannot be written"):
        ci.add_step_summary("text")


def test_long_texts_are_cut_at_a_line() -> None:
    text = "\n".join(["für jede Zeile"] * 1000)
    short = ci.cut(text, 500)
    assert len(short.encode()) <= 500
    assert short.endswith("für jede Zeile\n\n(Cut: the rest is in the record.)")
    assert ci.cut("short", 500) == "short"


def test_a_comment_says_the_outcome_first_and_folds_the_rest() -> None:
    text = ci.comment(ci.of_comparison(MIXED))
    assert text.startswith(f"{ci.MARKER}\n### bench-harness\n\n* 1 case wrong, failed, or lost")
    assert text.index("1 regressed") < text.index("<details>") < text.index("| Case")
    assert text.rstrip().endswith("</details>")


def test_a_comment_is_never_too_long() -> None:
    lines = ["x" * 100]
    for news in (ci.News(lines, "y\n" * 50_000, []), ci.News(lines * 1000, "y", [])):
        assert len(ci.comment(news).encode()) <= ci.MAX_COMMENT_BYTES + 1
    assert "</details>" in ci.comment(ci.News(lines, "y\n" * 50_000, []))


def test_junit_of_a_comparison() -> None:
    root = ET.fromstring(junit.export_comparison(MIXED))
    ends = {
        case.get("name", "").split("/")[1]: [(child.tag, child.get("type")) for child in case]
        for case in root.iter("testcase")
    }
    assert ends == {
        "numpy": [("system-out", None)],
        "numba": [("failure", "regressed")],
        "torch": [("failure", "answer")],
        "jax": [("skipped", None)],
        "python": [("failure", "answer")],
    }
    assert (root.get("tests"), root.get("failures")) == ("5", "3")
