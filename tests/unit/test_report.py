"""What people look at: nothing in a record can leave its cell, and no wrong case has a speed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness import units
from bench_harness.model import FigureValue, SteadyState
from bench_harness.report.environments import difference_table, record_names
from bench_harness.report.findings import findings
from bench_harness.report.leaders import standings
from bench_harness.report.life import life_table
from bench_harness.report.markdown import escape, render_report, render_reports, render_table
from bench_harness.report.memory import memory_table
from bench_harness.report.notices import not_measured_table, warning_table
from bench_harness.report.side_by_side import side_by_side_table
from bench_harness.report.times import group_table, suite_table
from tests.factories import (
    make_case,
    make_environment,
    make_measurement,
    make_record,
    make_result,
)

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
    assert rows(render_table(suite_table("sample", results))) == [
        ["`rms`", "default: n=10", "2.000", "wrong"],
        ["`shift`", "default: n=10", "–", "2.000"],
    ]


def test_a_backend_of_a_later_version_is_shown_last() -> None:
    newcomer = make_result("dpnp", case=make_case("dpnp", device="gpu"))
    results = [newcomer, make_result("cupynumeric"), make_result("numpy")]
    shown = suite_table("sample", results)
    assert [name for name, _ in shown.columns[2:]] == ["`numpy`", "`cupynumeric`", "`dpnp` (gpu)"]
    assert "`dpnp` (`gpu`)" in render_report(make_record(*results))


def test_findings_name_the_fastest_and_what_cannot_be_trusted() -> None:
    fast = make_result("numba", measurements=[make_measurement([0.0005] * 3, first_call_s=1.0)])
    good = findings(make_record(make_result("numpy"), fast))
    assert good[0].startswith("All 2 measured cases agree")
    assert "to 15.0 digits or more" in good[1]
    assert good[2] == (
        "`sample`: fastest is `numba` in the only one "
        "(4.0x `numpy`, once the first call is paid back, after 335 calls)."
    )
    assert good[3].startswith("Compiled code is as fast as `numpy`, within 5%, or faster in the")
    bad = findings(make_record(make_result("numpy"), make_result("numba", "wrong")))
    assert bad[0].startswith("1 of 2 cases cannot be trusted: `sample/rms/default/numba/")
    assert findings(make_record(make_result("jax", "unavailable"))) == ["Nothing was measured."]


def test_findings_name_where_compiled_code_loses_and_who_never_wins() -> None:
    slow = [make_measurement([0.004] * 3)]
    results = [
        make_result(label, case=make_case(label, kernel), measurements=measured)
        for kernel in ("sample/rms", "sample/shift")
        for label, measured in (
            ("python", slow),
            ("numpy", [make_measurement([0.002] * 3)]),
            ("jax", slow if kernel == "sample/rms" else [make_measurement([0.001] * 3)]),
        )
    ]
    text = findings(make_record(*results))
    assert (
        "Compiled code is slower than `numpy` by more than 5%, even without its first call, in 1 "
        "of 2 cases: `jax` in 1 of 2 (down to 0.50x in `sample/rms/default`)."
    ) in text
    assert "Slower than `numpy` in every case: `python` (2 cases, 0.50x at the median)." in text


def test_what_reads_as_1_0x_is_not_called_slower() -> None:
    nearly = make_result("jax", measurements=[make_measurement([0.00205] * 3)])
    assert nearly.case.group_id == make_result("numpy").case.group_id
    text = " ".join(findings(make_record(make_result("numpy"), nearly)))
    assert "within 5%, or faster in the only case" in text
    assert "lower than" not in text


def test_a_wrong_case_never_leads() -> None:
    fast = make_result("numba", "wrong", measurements=[make_measurement([1e-6] * 3)])
    good = make_result("jax", measurements=[make_measurement([0.0005] * 3)])
    (leader,) = standings(make_record(make_result("numpy"), fast, good)).leaders
    assert (leader.result, leader.gain, leader.paid_back_after) == (good, (4.0, 4.0), 1)
    assert (leader.next_best and leader.next_best.case.label, leader.margin) == (
        "numpy",
        (4.0, 4.0),
    )


def test_equal_warnings_are_said_once() -> None:
    named = [make_case("numba", f"sample/k{number}") for number in range(6)]
    results = [make_result("numba", case=case, warnings=["busy; close it"]) for case in named]
    ((text, count, which),) = warning_table(results).rows
    assert (text, count) == ("busy; close it", "6")
    assert which.startswith("`sample/k0/")
    assert which.endswith(" and 2 more")


def test_what_did_not_run_is_listed_by_reason() -> None:
    results = [make_result("jax", "unavailable", reason="pip install jax"), make_result("numpy")]
    rows = not_measured_table(results).rows
    assert rows == [["unavailable", "pip install jax", "1", "`sample/rms/default/jax/cpu/float64`"]]


def test_several_records_stand_side_by_side_with_their_differences() -> None:
    fast = make_result(measurements=[make_measurement([0.001] * 3)])
    loud = make_environment(host="loud", packages={"numpy": "2.5"}, ceilings={"flops_per_s": 1.0})
    records = [make_record(make_result()), make_record(fast, environment=loud)]
    differences = difference_table(records)
    assert [name for name, _ in differences.columns] == ["Fact", "quiet", "loud"]
    assert differences.rows == [["host", "quiet", "loud"], ["packages.numpy", "–", "2.5"]]
    (row,) = side_by_side_table(records).rows
    assert row == ["`sample/rms`", "default: n=10", "`numpy`", "2.000", "1.000 (2.0x)"]
    text = render_reports(records)
    assert text.index("## Differences between") < text.index("# Benchmark report: quiet")


def test_a_wrong_case_has_no_ratio_to_another_record() -> None:
    records = [make_record(make_result("numba", "wrong")), make_record(make_result("numba"))]
    assert side_by_side_table(records).rows[0][3:] == ["wrong", "2.000"]


@pytest.mark.parametrize(
    ("dates", "names"),
    [
        (["2026-01-02T01", "2026-01-03T01"], ["quiet, 2026-01-02", "quiet, 2026-01-03"]),
        (["2026-01-02T01", "2026-01-02T02"], ["quiet, 2026-01-02T01", "quiet, 2026-01-02T02"]),
        (["2026-01-02T01"] * 2, ["quiet, 2026-01-02T01 (1)", "quiet, 2026-01-02T01 (2)"]),
    ],
)
def test_records_are_told_apart(dates: list[str], names: list[str]) -> None:
    assert record_names([make_record(started_at=date) for date in dates]) == names


def test_of_equals_the_reference_leads() -> None:
    text = render_report(make_record(make_result("numba"), make_result("numpy")))
    assert "`sample`: fastest is `numpy` in the only one." in text


def test_a_time_of_zero_is_no_lead() -> None:
    zero = make_result("numba", measurements=[make_measurement([0.0] * 3)])
    text = render_report(make_record(zero, make_result("numpy")))
    assert "fastest" not in text.lower()


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


def test_every_command_that_made_a_record_is_told() -> None:
    commands = [["bench-harness", "run", "md"], ["bench-harness", "run", "kde", "--resume", "a b"]]
    record = make_record(make_result("numpy"), argv=commands[0], resumed_with=commands[1:])
    _, _, told = render_report(record).partition("## How to reproduce")
    assert "\nbench-harness run md\nbench-harness run kde --resume 'a b'\n" in told


def test_a_case_that_never_settled_has_no_single_number() -> None:
    wild = SteadyState(kind="multimodal", settled=False)
    times = [0.001, 0.002] * 10
    unsettled = make_result("numba", measurements=[make_measurement(times, steady_state=wild)])
    numpy = make_result("numpy", measurements=[make_measurement([0.01] * 20)])
    _, row = group_table([numpy, unsettled], make_record(numpy, unsettled)).rows
    assert row[2:5] == ["–", "1.000 to 2.000", "5.0x to 10.0x"]
    (leader,) = standings(
        make_record(numpy, unsettled)
    ).leaders  # its slowest runs are faster than numpy's
    assert (leader.result, leader.gain, leader.paid_back_after) == (unsettled, (5.0, 10.0), None)
    swapped = make_result("numpy", measurements=unsettled.measurements)
    steady = make_result("numba", measurements=numpy.measurements)
    own, row = group_table([swapped, steady], make_record(swapped, steady)).rows
    assert own[3:5] == ["1.000 to 2.000", "1.0x"]
    assert row[2:5] == ["10.00", "10.00", "0.10x to 0.20x"]


def test_nobody_leads_where_ranges_overlap() -> None:
    wild = SteadyState(kind="none", settled=False)
    times = [0.001, 0.002] * 10
    unsettled = make_result("numba", measurements=[make_measurement(times, steady_state=wild)])
    numpy = make_result("numpy", measurements=[make_measurement([0.0018] * 20)])
    assert standings(make_record(numpy, unsettled)).leaders == []
    assert "`sample`: fastest is open in the only one" in " ".join(
        findings(make_record(numpy, unsettled))
    )
    # A size with a leader does not make the suite its: the open one counts.
    larger = [
        make_result(label, case=make_case(label, preset="full"), measurements=[measured])
        for label, measured in (
            ("numpy", make_measurement([0.01] * 20)),
            ("numba", make_measurement([0.001] * 20)),
        )
    ]
    text = " ".join(findings(make_record(numpy, unsettled, *larger)))
    assert "`numba` in 1 of 2 (10.0x `numpy`" in text
    assert "; open in 1 of 2, where times never settled." in text


def test_the_life_of_a_case_stands_part_by_part() -> None:
    parts = {"interpreter": 0.02, "import": 0.2, "load": 0.001, "first_call": 0.5, "exit": 0.004}
    times = {"phases_s": parts, "worker_wall_s": 0.725, "first_call_stages_s": {"compile": 0.4}}
    measured = make_result("numba", measurements=[make_measurement(**times)])
    table = life_table([measured, make_result("numpy")])
    (row,) = table.rows  # an older record has no parts
    cells = dict(zip((name for name, _ in table.columns), row, strict=True))
    assert (cells["Import"], cells["First Call"], cells["Warm-up"]) == ("200.0", "501.0", "0")
    assert (cells["Sum"], cells["Of It Compiling"], cells["Harness"]) == ("725.0", "400.0", "4.000")
    assert "## The whole life of a case" in render_report(make_record(measured))


def test_memory_is_the_most_of_all_processes_and_the_gpu_has_a_column_where_there_is_one() -> None:
    some = {"import_rss_bytes": 3 << 20, "baseline_rss_bytes": 10 << 20}
    processes = [make_measurement(**some, peak_rss_bytes=mib << 19) for mib in (5, 7)]
    on_cpu = make_result("numba", measurements=processes)
    table = memory_table([on_cpu, make_result("numpy")])  # an older record does not know
    assert [row[2:] for row in table.rows] == [["3.0", "10.0", "3.5"]]
    assert "## Memory" in render_report(make_record(on_cpu))
    on_gpu = make_result("torch", measurements=[make_measurement(device_peak_bytes=1 << 20)])
    table = memory_table([on_cpu, on_gpu])
    assert [row[-1] for row in table.rows] == [units.MISSING, "1.0"]
    assert table.columns[-1] == ("Peak on the GPU [MiB]", "right")
