"""Which backend to use: total costs, orders that change with calls and size, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from bench_harness.advise import recommend
from bench_harness.cli.advise import advice_table
from bench_harness.errors import ConfigurationError, NothingComparableError, UnknownNameError
from bench_harness.model import CaseResult, RunConfig, RunRecord
from bench_harness.report.scaling import scaling_table
from tests.factories import (
    make_case,
    make_environment,
    make_measurement,
    make_record,
    make_result,
)


def cost(
    label: str, start_s: float, first_s: float, steady_s: float, status: str = "ok", **case: Any
) -> CaseResult:
    """Return a result whose parts take so long, in two processes."""
    measurements = [
        make_measurement(
            [steady_s * factor] * 5, import_s=start_s, init_s=0.0, first_call_s=first_s
        )
        for factor in (0.99, 1.01)
    ]
    return make_result(label, status, case=make_case(label, **case), measurements=measurements)


def three() -> RunRecord:
    """Return numpy, dear per call; jax, between; numba, dear to start."""
    return make_record(
        cost("numpy", 0.0, 0.1, 0.1), cost("jax", 1.0, 1.0, 0.01), cost("numba", 1.0, 5.0, 0.001)
    )


@pytest.mark.parametrize(
    ("calls", "best", "total_s"),
    [(1, "numpy", 0.1), (20, "numpy", 2.0), (30, "jax", 2.29), (1000, "numba", 6.999)],
)
def test_the_whole_cost_decides(calls: int, best: str, total_s: float) -> None:
    advice = recommend([three()], "sample/rms", calls=calls)
    assert advice.best.name == best
    assert advice.best.total(calls).point == pytest.approx(total_s)
    assert advice.certain


def test_a_process_whose_core_was_slowed_does_not_decide() -> None:
    record = three()
    slowed = make_measurement(
        [0.3] * 5, import_s=9.0, init_s=0.0, first_call_s=9.0, probe_median_s=1.9e-4
    )
    for result in record.results:
        quiet = [
            m.model_copy(update={"probe_median_s": 1e-4 * (1 + 0.01 * i)})
            for i, m in enumerate(result.measurements)
        ]
        result.measurements[:] = [*quiet, slowed, slowed, slowed]
    advice = recommend([record], "sample/rms", calls=1000)
    assert (advice.best.name, advice.best.total(1000).point) == ("numba", pytest.approx(6.999))


def test_the_break_even_points_are_where_totals_cross() -> None:
    advice = recommend([three()], "sample/rms")
    assert [(step.name, step.start) for step in advice.by_calls] == [
        ("numpy", 1),
        ("jax", 23),
        ("numba", 446),
    ]
    for (before, after), calls in ((("numpy", "jax"), 23), (("jax", "numba"), 446)):
        first, second = (
            next(c for c in advice.costs if c.name == name) for name in (before, after)
        )
        assert first.total(calls - 1).point <= second.total(calls - 1).point
        assert second.total(calls).point < first.total(calls).point


def test_a_program_that_has_the_backend_does_not_pay_its_import() -> None:
    advice = recommend([three()], "sample/rms", calls=12, imported=True)
    assert advice.best.name == "jax"
    assert advice.best.total(12, imported=True).point == pytest.approx(1.11)


def test_what_the_samples_cannot_tell_apart_is_not_told_apart() -> None:
    close = make_record(cost("numpy", 0.0, 0.1, 0.1), cost("numba", 0.0, 0.1, 0.1001))
    advice = recommend([close], "sample/rms")
    assert advice.best.name == "numpy"
    assert advice.advantage is not None
    assert advice.advantage.low <= 1.001 <= advice.advantage.high


def test_the_unverified_is_never_recommended() -> None:
    record = make_record(cost("numpy", 0.0, 0.1, 0.1), cost("numba", 0.0, 0.1, 0.001, "wrong"))
    advice = recommend([record], "sample/rms")
    assert [c.name for c in advice.costs] == ["numpy"]
    assert advice.refused == {"sample/rms/default/numba/cpu/float64": "wrong"}
    wrong = make_record(cost("numba", 0.0, 0.1, 0.001, "wrong"))
    with pytest.raises(NothingComparableError, match=r"numba/cpu/float64: wrong"):
        recommend([wrong], "sample/rms")


def test_the_latest_record_of_a_case_counts() -> None:
    old = make_record(cost("numpy", 0.0, 1.0, 1.0))
    new = make_record(cost("numpy", 0.0, 2.0, 2.0), started_at="2026-02-02T03:04:05+00:00")
    for records in ([old, new], [new, old]):
        assert recommend(records, "sample/rms").best.steady_s == pytest.approx(2.0)


def sweep() -> RunRecord:
    """Return two backends at five sizes: overhead against growth, crossing at n = 191."""
    sizes = (10, 30, 100, 300, 1000)
    return make_record(
        *(
            cost(label, 0.0, 0.1, a + b * n, preset=f"default:n={n}", params={"n": n, "m": 7})
            for label, a, b in (("numpy", 1e-6, 1e-7), ("numba", 2e-5, 5e-10))
            for n in sizes
        )
    )


def test_a_size_between_measured_ones_is_interpolated() -> None:
    advice = recommend([sweep()], "sample/rms", params={"n": 600}, calls=10**6)
    assert advice.best.name == "numba"
    assert advice.best.fitted
    assert advice.best.steady_s == pytest.approx(2e-5 + 5e-10 * 600, rel=0.02)
    assert advice.preset == "default:n=600"
    assert [step.name for step in advice.by_size] == ["numpy", "numba"]
    assert advice.by_size[1].start == pytest.approx(191, rel=0.05)


def test_the_report_has_the_fits_and_the_crossover() -> None:
    table = scaling_table(sweep().results)
    assert [row[2] for row in table.rows] == ["`numpy`", "`numba`"]
    assert table.rows[0][5].startswith("1.00 (")
    assert "`numba` overtakes it from n = 19" in table.notes[0]
    assert not scaling_table(three().results).rows


@pytest.mark.parametrize("size", [5, 2000])
def test_a_size_beyond_the_measured_ones_is_refused(size: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"not measured at n={size}"):
        recommend([sweep()], "sample/rms", params={"n": size})


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"kernel": "sample/rmz"}, UnknownNameError, "Did you mean 'sample/rms'"),
        ({"dtype": "float16"}, UnknownNameError, "Choose from: float64"),
        ({"preset": "huge"}, UnknownNameError, "Choose from: default"),
        ({"params": {"k": 3}}, UnknownNameError, "Choose from: n"),
        ({"calls": 0}, ConfigurationError, "at least 1"),
    ],
)
def test_questions_without_an_answer_name_what_there_is(
    asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    question: dict[str, Any] = {"kernel": "sample/rms", **asked}
    with pytest.raises(error, match=message):
        recommend([three()], **question)


def test_records_of_two_machines_or_thread_counts_are_not_mixed() -> None:
    elsewhere = make_record(environment=make_environment(host="other"))
    with pytest.raises(ConfigurationError, match="2 machines"):
        recommend([three(), elsewhere], "sample/rms")
    threaded = make_record(config=RunConfig(threads=2))
    with pytest.raises(ConfigurationError, match=r"different numbers of threads: \[1, 2\]"):
        recommend([three(), threaded], "sample/rms")


def test_several_sizes_need_a_choice() -> None:
    with pytest.raises(ConfigurationError, match="--preset, or a size with --set"):
        recommend([sweep()], "sample/rms")


def test_the_table_says_what_to_use_and_when_that_changes() -> None:
    advice = recommend([three()], "sample/rms", calls=1000)
    table = advice_table(advice)
    assert [row[0] for row in table.rows] == ["`numba`", "`jax`", "`numpy`"]
    assert table.notes[0].startswith("Use `numba`: `jax`, the next, costs 1.7x as much")
    assert "`jax` from 23 calls on, `numba` from 446 calls on" in table.notes[1]
