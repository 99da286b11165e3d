"""What people look at: nothing in a record can leave its cell, and no wrong case has a speed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.model import FigureValue
from bench_harness.report.findings import findings
from bench_harness.report.markdown import escape, render_report, render_table
from bench_harness.report.times import group_table, suite_table
from tests.factories import make_case, make_measurement, make_record, make_result

EVIL = "<script>alert(1)</script> | x \n# heading\n```\n<img src=x>"


def rows(text: str) -> list[list[str]]:
    """Return the cells of a Markdown table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def table(*results):  # type: ignore[no-untyped-def]
    return rows(render_table(group_table(results, make_record(*results))))


def test_a_verified_case_has_a_speedup_over_the_reference() -> None:
    fast = make_result("numba", measurements=[make_measurement([0.0005] * 3)])
    assert table(make_result("numpy"), fast) == [
        ["`numpy`", "500.0", "2.000", "2.000", "1.0x", "reference"],
        ["`numba`", "500.0", "0.5000", "0.5000", "4.0x", "1.0e-15"],
    ]


@pytest.mark.parametrize("status", ["wrong", "failed", "timeout", "crashed", "out_of_memory"])
def test_a_broken_case_has_no_speedup(status: str) -> None:
    (_, broken) = table(make_result("numpy"), make_result("numba", status))
    assert broken[4:] == ["–", status.replace("_", " ")]


def test_without_a_good_reference_there_is_no_speedup() -> None:
    (_, numba) = table(make_result("numpy", "wrong"), make_result("numba"))
    assert numba[4] == "–"


def test_what_did_not_run_is_a_note_and_no_row() -> None:
    results = [make_result("numpy"), make_result("jax", "unavailable", reason="not installed")]
    text = render_table(group_table(results, make_record(*results)))
    assert len(rows(text)) == 1
    assert "* `jax` (`cpu`): unavailable: not installed" in text


def test_variants_and_devices_are_named() -> None:
    found = [make_result("torch"), make_result("torch.compile"), make_result("numba.lapack")]
    assert [row[0] for row in table(make_result("numpy"), *found)] == [
        "`numpy`",
        "`torch` (`cpu`)",
        "`torch` (`cpu`, `compile=True`)",
        "`numba` (`lapack`)",
    ]


def test_figures_are_columns_with_their_decimals() -> None:
    figures = [FigureValue(label="Lap Time [s]", value=133.66823386, decimals=6)]
    (row, other) = table(make_result("numpy", figures=figures), make_result("numba", "failed"))
    assert row[-1] == "133.668234"
    assert other[-1] == "–"


def test_a_suite_at_a_glance() -> None:
    other = make_result("numba", case=make_case("numba", "sample/shift"))
    results = [make_result("numpy"), make_result("numba", "wrong"), other]
    assert rows(render_table(suite_table("sample", results, make_record(*results)))) == [
        ["`rms`", "default: n=10", "2.000", "wrong"],
        ["`shift`", "default: n=10", "–", "2.000"],
    ]


def test_a_backend_of_a_later_version_is_shown_last() -> None:
    newcomer = make_result("dpnp", case=make_case("dpnp", device="gpu"))
    results = [newcomer, make_result("cupynumeric"), make_result("numpy")]
    shown = suite_table("sample", results, make_record(*results))
    assert [name for name, _ in shown.columns[2:]] == ["`numpy`", "`cupynumeric`", "`dpnp` (gpu)"]
    assert "`dpnp` (`gpu`)" in render_report(make_record(*results))


def test_findings_name_the_fastest_and_what_cannot_be_trusted() -> None:
    fast = make_result("numba", measurements=[make_measurement([0.0005] * 3, first_call_s=1.0)])
    good = findings(make_record(make_result("numpy"), fast))
    assert good[0].startswith("All 2 measured cases agree")
    assert "`numba` is the fastest, 4.0x `numpy`; its first call is paid back after 335" in good[1]
    bad = findings(make_record(make_result("numpy"), make_result("numba", "wrong")))
    assert bad[0].startswith("1 of 2 cases cannot be trusted: `sample/rms/default/numba/")
    assert findings(make_record(make_result("jax", "unavailable"))) == ["Nothing was measured."]


@pytest.mark.parametrize("times", [[0.0] * 3, [0.002] * 3])
def test_times_of_zero_and_ties_can_be_reported(times: list[float]) -> None:
    slow = make_result("numba", measurements=[make_measurement(times, first_call_s=9.0)])
    text = render_report(make_record(slow, make_result("numpy")))
    assert "`numpy` is the fastest" in text


@given(st.text(max_size=40))
def test_escaped_text_stays_in_its_cell(text: str) -> None:
    escaped = escape(text)
    assert "\n" not in escaped
    assert "<" not in escaped
    assert len(re.split(r"(?<!\\)\|", escaped)) == 1


def test_nothing_in_a_record_becomes_html_or_leaves_its_cell() -> None:
    figure = FigureValue(label=EVIL, value=EVIL)
    evil = make_result("numba", "failed", reason=EVIL, warnings=[EVIL], figures=[figure])
    record = make_record(make_result("numpy"), evil, argv=["bench-harness", EVIL])
    body, _, command = render_report(record).partition("## How to reproduce")
    assert "<script" not in body
    assert "<img" not in body
    assert "\n# heading" not in body
    fence, *_, last = command.strip().splitlines()
    assert set(fence) == {"`"}
    assert last == fence
    assert fence not in "\n".join(command.strip().splitlines()[1:-1])
