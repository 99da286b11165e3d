"""Two records side by side: answers, verdicts, machines, limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.compare import Limits, compare, parse_limits
from bench_harness.comparison import Comparison
from bench_harness.errors import ConfigurationError
from bench_harness.model import CaseResult, Cpu, OutputCheck, RunConfig, RunRecord
from bench_harness.report.comparison import render_comparison
from bench_harness.stats.discovery import false_discovery_rates
from tests.factories import (
    make_case,
    make_environment,
    make_measurement,
    make_record,
    make_result,
    make_verification,
)

LIMITS = Limits(0.05)


def timed(
    level: float = 1e-3, *, noise: float = 0.005, processes: int = 6, seed: int = 0, **changed: Any
) -> CaseResult:
    """Return an ok result whose processes scatter about a level."""
    rng = np.random.default_rng(seed)
    measurements = [
        make_measurement([float(level * factor * (1 + 0.002 * rng.normal())) for _ in range(9)])
        for factor in np.exp(noise * rng.normal(size=processes))
    ]
    return make_result(measurements=measurements, **changed)


def only(base: CaseResult, head: CaseResult, limits: Limits = LIMITS) -> Any:
    """Return the comparison of records of one case each."""
    (case,) = compare(make_record(base), make_record(head), limits).cases
    return case


# -- speed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "noise", "verdict"),
    [
        (1.10, 0.005, "regressed"),
        (0.90, 0.005, "improved"),
        (1.00, 0.005, "equivalent"),
        (1.02, 0.005, "equivalent"),  # slower for sure, and let pass
        (1.02, 0.15, "inconclusive"),
        (1.00, 0.15, "inconclusive"),
    ],
)
def test_verdicts(factor: float, noise: float, verdict: str) -> None:
    case = only(timed(noise=noise), timed(1e-3 * factor, noise=noise, seed=2))
    assert case.verdict == verdict
    assert case.ratio.low < case.ratio.point < case.ratio.high
    assert (case.base_processes, case.head_processes) == (6, 6)


def test_what_could_not_have_been_seen_is_stated() -> None:
    quiet, noisy = (only(timed(noise=n), timed(noise=n, seed=1)) for n in (0.002, 0.1))
    assert 0 < quiet.smallest_effect < 0.02
    assert noisy.smallest_effect > 0.1


def test_a_limit_of_its_own_for_some_cases() -> None:
    limits = Limits(0.05, (("sample/*", 0.2),))
    assert only(timed(), timed(1.1e-3, seed=1), limits).verdict == "equivalent"
    assert only(timed(), timed(1.3e-3, seed=1), limits).verdict == "regressed"


def test_false_alarms_are_controlled_over_the_suite() -> None:
    """Of 60 equal cases, some have p < 0.1 and point > 1 %: none of them is a discovery."""
    rng = np.random.default_rng(7)
    limits = Limits(0.01)

    def side() -> RunRecord:
        return make_record(
            *(
                timed(noise=0.03, seed=int(rng.integers(2**31)), case=make_case(params={"n": i}))
                for i in range(60)
            ),
            config=RunConfig(processes=6),
        )

    base, head = side(), side()
    renamed = [
        record.model_copy(
            update={
                "results": [
                    result.model_copy(
                        update={"case": result.case.model_copy(update={"preset": f"p{i}"})}
                    )
                    for i, result in enumerate(record.results)
                ]
            }
        )
        for record in (base, head)
    ]
    cases = compare(*renamed, limits).cases
    doubtful = [c for c in cases if c.p_value < 0.1 and abs(c.ratio.point - 1) > 0.01]
    assert doubtful
    assert not [c for c in cases if c.verdict in ("regressed", "improved")]


def test_one_process_on_a_side_decides_nothing() -> None:
    case = only(timed(processes=1), timed(2e-3, processes=6))
    assert case.verdict == "inconclusive"
    assert case.q_value is None


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (make_result(status="failed"), "head is failed"),
        (timed(case=make_case(params={"n": 11})), "the parameters differ"),
        (make_result(measurements=[make_measurement(inputs_digest="f" * 16)]), "the inputs differ"),
        (make_result(measurements=[make_measurement([0.0, 0.001])]), "a time is zero"),
    ],
)
def test_what_is_not_the_same_work_is_not_compared(head: CaseResult, reason: str) -> None:
    case = only(timed(), head)
    assert case.verdict is None
    assert case.ratio is None
    assert reason in case.reason


def test_imported_times_are_compared_though_nobody_verified_them() -> None:
    base, head = (
        make_record(timed(level, seed=i, status="unchecked"), imported_from="pyperf")
        for i, level in enumerate((1e-3, 1.2e-3))
    )
    comparison = compare(base, head, LIMITS)
    assert comparison.cases[0].verdict == "regressed"
    assert comparison.broken == []
    own = make_record(timed(status="unchecked"))
    assert compare(own, own, LIMITS).cases[0].verdict is None


# -- answers ---------------------------------------------------------------------------------


def with_error(error: float) -> CaseResult:
    return timed(verification=make_verification(error=error))


def test_a_status_that_got_worse_is_a_loss_and_better_a_gain() -> None:
    wrong = make_result(status="wrong", reason="y is off")
    case = only(timed(), wrong)
    assert case.lost == ["was ok, is wrong: y is off"]
    assert case.broken
    case = only(wrong, timed())
    assert case.gained == ["was wrong, is ok"]
    assert not case.broken


def test_a_backend_that_went_missing_is_broken_and_one_that_never_was_is_not() -> None:
    gone = make_result(status="unavailable")
    assert only(timed(), gone).broken
    assert not only(gone, gone).broken


def test_what_is_wrong_on_both_sides_is_broken_still() -> None:
    wrong = make_result(status="wrong")
    comparison = compare(make_record(wrong), make_record(wrong), LIMITS)
    assert comparison.broken
    assert "wrong on both sides" in render_comparison(comparison)


def test_digits_lost_are_told_and_refused_where_limited() -> None:
    case = only(with_error(1e-14), with_error(2e-13))
    assert len(case.lost) == 1
    assert "1.0e-14, now 2.0e-13" in case.lost[0]
    assert not case.error_grew
    strict = Limits(0.05, max_error_growth=10)
    assert only(with_error(1e-14), with_error(2e-13), strict).error_grew
    assert not only(with_error(1e-14), with_error(5e-14), strict).error_grew
    assert only(with_error(2e-13), with_error(1e-14)).gained


def test_a_few_roundings_are_no_error() -> None:
    strict = Limits(0.05, max_error_growth=2)
    case = only(with_error(0.0), with_error(1.5e-15), strict)
    assert not case.lost
    assert not case.error_grew


def test_the_truth_counts_before_the_reference() -> None:
    def judged(error: float) -> CaseResult:
        truth = [OutputCheck(name="rms", passed=True, max_rel_err=error)]
        verification = make_verification().model_copy(update={"truth": truth})
        return timed(verification=verification)

    case = only(judged(1e-14), judged(1e-12))
    assert "against the truth 1.0e-14" in case.lost[0]


# -- records ---------------------------------------------------------------------------------


def test_cases_of_one_side_are_listed() -> None:
    other = timed(case=make_case("numba"))
    comparison = compare(make_record(timed(), other), make_record(timed(seed=1)), LIMITS)
    assert comparison.missing == [other.case.id]
    assert compare(make_record(timed()), make_record(timed(), other), LIMITS).new == [other.case.id]
    assert other.case.id in render_comparison(comparison)


def test_other_machines_are_refused_unless_allowed() -> None:
    cpu = Cpu(model="Other processor", logical_cores=4, usable_cores=2)
    here, there = (
        make_record(timed(), environment=make_environment(**changed))
        for changed in ({}, {"cpu": cpu})
    )
    with pytest.raises(ConfigurationError, match=r"'Processor' and 'Other processor'.*--allow"):
        compare(here, there, LIMITS)
    comparison = compare(here, there, LIMITS, allow_different_machines=True)
    assert not comparison.same_machine
    assert "different machines" in render_comparison(comparison)


def test_changed_environments_are_named_and_volatile_facts_are_not() -> None:
    cpu = make_environment().cpu.model_copy(update={"frequency_mhz": 1234.5})
    base = make_record(timed())
    head = make_record(
        timed(),
        started_at="2027-01-01T00:00:00+00:00",
        environment=make_environment(cpu=cpu, packages={"numpy": "2.5"}, host="other"),
        config=RunConfig(threads=2, processes=9),
    )
    changes = {c.name: (c.base, c.head) for c in compare(base, head, LIMITS).environment_changes}
    assert changes == {
        "host": ("quiet", "other"),
        "packages.numpy": (None, "2.5"),
        "config.threads": ("1", "2"),
    }


def test_a_comparison_is_a_record() -> None:
    comparison = compare(make_record(timed()), make_record(timed(seed=1)), LIMITS)
    assert Comparison.model_validate_json(comparison.model_dump_json()) == comparison


# -- limits ----------------------------------------------------------------------------------


def test_limits_are_read() -> None:
    limits = parse_limits(["7%", "md/*=10%", "md/x=.5%"], 0.03, 10.0)
    assert limits == Limits(0.07, (("md/*", 0.1), ("md/x", 0.005)), 10.0)
    assert limits.slowdown_of("md/x/default/numpy/cpu/float64") == 0.005
    assert limits.slowdown_of("md/y/default/numpy/cpu/float64") == 0.1
    assert parse_limits([], 0.03, None).slowdown_of("a/b/c/d/e/f") == 0.03


@pytest.mark.parametrize("text", ["5", "0%", "-1%", "md=", "=5%", "5%%", "1e2%", "2000%", ""])
def test_other_limits_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="neither a percentage"):
        parse_limits([text], 0.05, None)


# -- many tests ------------------------------------------------------------------------------


def test_rates_are_those_of_the_paper() -> None:
    """Benjamini and Hochberg 1995, section 4: four of fifteen at 0.05, Bonferroni three."""
    p_values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p_values += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(rate <= 0.05 for rate in false_discovery_rates(p_values)) == 4


@given(st.lists(st.floats(0, 1)))
def test_rates_keep_order_and_size(p_values: Sequence[float]) -> None:
    rates = false_discovery_rates(p_values)
    assert all(p <= rate <= 1 for p, rate in zip(p_values, rates, strict=True))
    assert sorted(rates) == [rate for _, rate in sorted(zip(p_values, rates, strict=True))]
