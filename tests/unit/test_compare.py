"""Judging outputs: structure first, then every entry under its budget, nothing by default."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench_harness.kernel import ErrorBudget, Invariant, Kernel, eps_of, tolerance_for
from bench_harness.model import Verification
from bench_harness.verify.compare import SINGLE, OutputReport, Report, compare, measure, verify

X = np.array([0.1, -7.3, 1 / 3])
EXACT = ErrorBudget()
NAN, INF = np.nan, np.inf


def judge(
    reference: Any, value: Any, budget: ErrorBudget | None = EXACT, dtype: str = "float64"
) -> OutputReport:
    reference, value = np.asarray(reference), np.asarray(value)
    return compare("y", reference, value, budget, {}, eps_of(dtype), dtype)


def kernel(**given: Any) -> Kernel:
    fields = {"title": "", "make_inputs": dict, "presets": {}, "outputs": ("y",), **given}
    return Kernel(**fields)


def verdict(reference: Any, value: Any, **given: Any) -> Report:
    arrays = ({"y": np.asarray(reference)}, {"y": np.asarray(value)})
    return verify(kernel(**given), {}, *arrays, "float64")


# -- structure --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (np.zeros((3, 1)), "has shape (3, 1), expected (3,)"),
        (np.zeros(1), "has shape (1,), expected (3,)"),
        (np.float64(0), "has shape (), expected (3,)"),
        (np.zeros(3, "f4"), "has dtype float32, expected float64"),
        (np.zeros(3, "i8"), "has dtype int64, expected float64"),
        (np.zeros(3, "c16"), "has dtype complex128, expected float64"),
    ],
)
def test_structure_is_judged_before_values(value: np.ndarray, problem: str) -> None:
    report = judge(np.zeros(3), value, ErrorBudget(atol=1e9))
    assert not report.passed
    assert report.problem == problem
    assert report.max_abs_err is None


def test_structure_is_judged_where_only_invariants_judge_the_values() -> None:
    assert judge([1.0, 2.0], [[1.0, 2.0]], None).problem == "has shape (1, 2), expected (2,)"
    assert "NaN" in str(judge([1.0, 2.0], [1.0, NAN], None).problem)
    accepted = judge([1.0, 2.0], [5.0, 6.0], None)
    assert accepted.passed
    assert not accepted.compared


@pytest.mark.parametrize("outputs", [{}, {"z": 1.0}, {"y": 1.0, "z": 1.0}])
def test_missing_and_surplus_outputs_fail(outputs: dict[str, float]) -> None:
    arrays = {name: np.asarray(value) for name, value in outputs.items()}
    report = verify(kernel(), {}, {"y": np.asarray(1.0)}, arrays, "float64")
    assert not report.passed
    assert "(y) are expected" in report.failures[0]


def test_a_number_without_a_dtype_takes_the_reference_s() -> None:
    reference, value = {"y": np.float32([1, 2])}, {"y": np.array([1.0, 2.0])}
    assert verify(kernel(), {}, reference, value, "float32", weak=["y"]).passed
    assert not verify(kernel(), {}, reference, value, "float32").passed


def test_a_number_without_a_dtype_is_not_rounded_to_an_integer() -> None:
    reference, value = {"y": np.array([1, 2])}, {"y": np.array([1.2, 2.2])}
    report = verify(kernel(), {}, reference, value, "float64", weak=["y"])
    assert report.failures == ["y: has dtype float64, expected int64"]


# -- non-finite values ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "value", "passed"),
    [
        ([1.0, NAN], [1.0, NAN], True),
        ([1.0, INF], [1.0, INF], True),
        ([1.0, 2.0], [1.0, NAN], False),
        ([1.0, NAN], [1.0, 2.0], False),
        ([1.0, NAN], [NAN, 1.0], False),
        ([1.0, INF], [1.0, 1e308], False),
        ([1.0, INF], [1.0, -INF], False),
        ([1.0, INF], [1.0, NAN], False),
        ([1.0, -INF], [1.0, -INF], True),
    ],
)
def test_non_finite_entries_must_agree(
    reference: list[float], value: list[float], passed: bool
) -> None:
    assert judge(reference, value, ErrorBudget(rtol=1.0, atol=1e300)).passed is passed


def test_the_first_wrong_entry_is_named() -> None:
    report = judge(np.zeros((2, 2)), [[0.0, 0.0], [NAN, 0.0]])
    assert "at [1, 0]" in str(report.problem)
    assert "(1 NaN entries, expected 0)" in str(report.problem)


def test_an_infinite_reference_does_not_widen_the_budget_of_the_rest() -> None:
    budget = ErrorBudget(rtol=1e-3, relative_to="max")
    assert judge([1.0, INF], [1.0005, INF], budget).passed
    assert not judge([1.0, INF], [1.1, INF], budget).passed


# -- budgets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "good", "bad"),
    [
        (ErrorBudget(rtol=1e-3), [1.0009, 100.09], [1.0011, 100.0]),
        (ErrorBudget(rtol=1e-3, relative_to="max"), [1.09, 100.0], [1.11, 100.0]),
        (ErrorBudget(atol=0.5), [1.4, 100.4], [1.0, 100.6]),
        (ErrorBudget(atol=0.1, rtol=1e-3), [1.1009, 100.19], [1.11, 100.0]),
        (ErrorBudget(ulp=4), [1 + 3 * 2**-52, 100.0], [1 + 5 * 2**-52, 100.0]),
        (ErrorBudget(bound=lambda i, r, eps: [0.0, 5.0]), [1.0, 105.0], [1.1, 100.0]),
        (ErrorBudget(bound=lambda i, r, eps: 0.1 * abs(r)), [1.09, 109.0], [1.0, 111.0]),
        (EXACT, [1.0, 100.0], [1.0, np.nextafter(100.0, 0)]),
    ],
)
def test_a_budget_allows_so_much_and_no_more(
    budget: ErrorBudget, good: list[float], bad: list[float]
) -> None:
    accepted, refused = (judge([1.0, 100.0], value, budget) for value in (good, bad))
    assert accepted.passed, accepted.problem
    assert not refused.passed
    assert refused.problem


def test_the_report_says_how_far_and_where() -> None:
    budget = ErrorBudget(rtol=0.1, reason="coarse")
    report = judge([[1.0, 2.0], [4.0, 8.0]], [[1.0, 2.0], [4.2, 8.0]], budget)
    assert report.passed
    assert report.worst_index == [1, 0]
    assert (report.worst_value, report.worst_reference) == ("4.2", "4.0")
    assert report.max_abs_err == pytest.approx(0.2)
    assert report.max_rel_err == pytest.approx(0.05)
    assert report.budget_used == pytest.approx(0.5)
    assert report.max_ulp == pytest.approx(0.2 / np.spacing(4.0))
    assert report.budget_reason == "coarse"


def test_the_bound_sees_inputs_reference_and_round_off() -> None:
    seen: list[Any] = []

    def bound(inputs: Any, reference: np.ndarray, eps: float) -> float:
        seen.extend([inputs, reference.tolist(), eps])
        return 1.0

    one = np.ones(1, "f4")
    assert compare("y", one, one, ErrorBudget(bound=bound), {"x": 3}, 0.25, "float32").passed
    assert seen == [{"x": 3}, [1.0], 0.25]


@pytest.mark.parametrize(
    "bound",
    [
        lambda inputs, reference, eps: 1 / 0,
        lambda inputs, reference, eps: inputs["missing"],
        lambda inputs, reference, eps: [1.0, 2.0],
        lambda inputs, reference, eps: None,
        lambda inputs, reference, eps: -1.0,
        lambda inputs, reference, eps: NAN,
    ],
)
def test_a_bound_that_raises_or_makes_no_sense_is_a_failure(bound: Any) -> None:
    report = judge([1.0, 2.0, 3.0], [1.0, 2.0, 3.5], ErrorBudget(bound=bound))
    assert not report.passed
    assert report.problem


def test_tolerances_scale_with_the_round_off_of_the_dtype() -> None:
    assert tolerance_for(1e-13, "float64") == pytest.approx(1e-13)
    assert tolerance_for(1e-13, "float32") == pytest.approx(1e-13 * 2**29)
    assert tolerance_for({"float64": 1e-13, "float32": 1e-5}, "float32") == 1e-5
    assert tolerance_for({"float64": 1e-13}, "float32") == pytest.approx(1e-13 * 2**29)


def test_a_float32_case_is_judged_by_its_own_round_off() -> None:
    one, off = np.float32([1.0]), np.float32([1.0 + 2e-5])
    budget = ErrorBudget(rtol=1e-13)
    assert judge(one, off, budget, "float32").passed
    assert not judge(one, np.float32([1.0 + 2e-4]), budget, "float32").passed


def test_without_a_declared_budget_the_strict_default_holds() -> None:
    assert verdict([1.0, 1e3], [1.0, 1e3 * (1 + 5e-14)]).passed
    assert not verdict([1.0, 1e3], [1.0, 1e3 * (1 + 5e-13)]).passed
    mapped = kernel(outputs=("y", "z"), budget={"y": None})
    assert mapped.budget_for("y") is None
    assert mapped.budget_for("z") is not None


# -- other dtypes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "value", "passed"),
    [
        ([1, 2, 3], [1, 2, 3], True),
        ([1, 2, 3], [1, 2, 4], False),
        ([0, 2], [1, 2], False),
        ([2**53, 1], [2**53 + 1, 1], False),
        ([True, False], [True, False], True),
        ([True, False], [True, True], False),
        (np.uint8([0, 255]), np.uint8([0, 255]), True),
        (np.uint8([0, 255]), np.uint8([255, 255]), False),
    ],
)
def test_integers_and_booleans_must_be_equal(reference: Any, value: Any, passed: bool) -> None:
    assert judge(reference, value).passed is passed


def test_integers_may_be_given_room() -> None:
    assert judge([10, 20], [11, 20], ErrorBudget(atol=1.0)).passed
    assert not judge([10, 20], [12, 20], ErrorBudget(atol=1.0)).passed


def test_complex_errors_are_moduli() -> None:
    report = judge([3 + 4j], [3.03 + 4.04j], ErrorBudget(rtol=0.0101))
    assert report.passed
    assert report.max_abs_err == pytest.approx(0.05)
    assert not judge([3 + 4j], [3 - 4j], ErrorBudget(rtol=1.0)).passed
    assert not judge([complex(1, 1)], [complex(1, NAN)], ErrorBudget(rtol=1.0)).passed


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
def test_empty_arrays_agree_in_shape(shape: tuple[int, ...]) -> None:
    assert judge(np.zeros(shape), np.zeros(shape)).passed
    assert not judge(np.zeros(shape), np.zeros((*shape, 1))).passed


# -- invariants, truth, the whole verdict -----------------------------------------------------


def invariant(value: Any, limit: float = 1.0) -> Invariant:
    def evaluate(inputs: Any, outputs: Any, eps: float) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return Invariant(name="residual", measure=evaluate, limit=limit)


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        (0.5, True),
        (1.0, True),
        (1.5, False),
        (0.0, True),
        (-1e-300, False),
        (-INF, False),
        (NAN, False),
        (INF, False),
        (ValueError("no"), False),
        ("much", False),
        (None, False),
        (np.ones(2), False),
    ],
)
def test_an_invariant_passes_only_within_its_limit(value: Any, passed: bool) -> None:
    report = measure(invariant(value), {}, {}, 1e-16)
    assert report.passed is passed
    assert bool(report.problem) is not passed


def test_an_invariant_decides_where_nothing_is_compared() -> None:
    assert verdict([1.0], [7.0], budget={"y": None}, invariants=[invariant(0.5)]).passed
    refused = verdict([1.0], [7.0], budget={"y": None}, invariants=[invariant(2.0)])
    assert refused.failures == ["residual: is 2, at most 1 is accepted"]


def test_what_raises_leaves_its_traceback() -> None:
    def bound(*_: Any) -> float:
        raise ZeroDivisionError

    raising = invariant(LookupError("none"))
    report = verdict([1.0], [1.0], invariants=[raising])
    assert "in evaluate\n    raise value\nLookupError: none" in str(report.details)
    report = verdict([1.0], [1.0], budget=ErrorBudget(bound=bound))
    assert "in bound\n    raise ZeroDivisionError" in str(report.details)
    assert "details" not in json.dumps(report.as_dict())
    assert verdict([1.0], [1.0]).details is None


@pytest.mark.parametrize(
    ("reference", "value", "passed"),
    [
        ([0.0, 1.0], [0.0, 1.0], True),
        ([0.0, 1.0], [-0.0, 1.0], False),
        ([-NAN], [NAN], True),
        ([complex(1, 0.0)], [complex(1, -0.0)], False),
        ([complex(1, -0.0)], [complex(1, -0.0)], True),
        ([0], [0], True),
        (np.zeros(0), np.zeros(0), True),
    ],
)
def test_signs_of_zeros_count_where_the_kernel_says_so(
    reference: Any, value: Any, passed: bool
) -> None:
    assert judge(reference, value, ErrorBudget(signed_zero=True)).passed is passed
    assert judge(reference, value, ErrorBudget()).passed


@pytest.mark.parametrize(
    ("value", "dtype", "hint"),
    [
        (np.float64(np.float32(X)), "float64", "every entry is a float32 number"),
        (np.complex128(np.complex64(X * 1j)), "float64", "every entry is a float32 number"),
        (X * (1 + 6e-8), "float64", "of the size of float32 rounding"),
        (np.float32(X * (1 + 4e-4)), "float32", "of the size of TF32 rounding"),
        (X * 1.1, "float64", None),
    ],
)
def test_silent_changes_of_precision_are_named(value: Any, dtype: str, hint: str | None) -> None:
    reference = (X * 1j if np.iscomplexobj(value) else X).astype(value.dtype)
    report = judge(reference, value, ErrorBudget(rtol=1e-15), dtype)
    assert not report.passed
    if hint is None:
        assert ";" not in str(report.problem)
    else:
        assert hint in str(report.problem)


def test_single_precision_is_named_where_a_loose_budget_accepts_it() -> None:
    single, loose = np.float64(np.float32(X)), ErrorBudget(rtol=1e-3)
    report = verdict(X, single, budget=loose)
    assert report.passed
    assert report.remarks == [f"y: {SINGLE}"]
    assert not verdict(X, X, budget=loose).remarks
    assert not verdict(single, single, budget=loose).remarks  # as exact as its reference
    unjudged = verdict(X, single, budget={"y": None}, invariants=[invariant(0.0)])
    assert unjudged.remarks == [f"y: {SINGLE}"]


def test_no_comparison_at_all_is_no_pass() -> None:
    report = verdict([1.0], [1.0], budget={"y": None})
    assert not report.failures
    assert not report.passed


def test_the_truth_judges_too() -> None:
    arrays = ({"y": np.array([1.0])}, {"y": np.array([1.0])})
    exact = {"y": np.longdouble([1.5])}
    report = verify(kernel(), {}, *arrays, "float64", truth=exact)
    assert not report.passed
    assert report.failures[0].startswith("y against the truth: is 1.0 at [0], expected 1.5")
    assert verify(kernel(), {}, *arrays, "float64", truth={"y": np.longdouble([1.0])}).passed


@pytest.mark.parametrize(
    "report",
    [
        verdict([0.0, 1.0], [1e-9, 1.0], budget=ErrorBudget(atol=1e-6)),  # a zero has no ulp
        verdict([0.0, 1.0], [1e-9, 1.0], budget=EXACT),  # nothing is allowed, so x/0
        verdict([0], [1], budget=EXACT),
        verdict([1.0], [1.0], invariants=[invariant(NAN), invariant(-INF)]),
        verdict([1.0], [1.0], budget=ErrorBudget(bound=lambda i, r, e: NAN)),
    ],
)
def test_every_report_is_strict_json_and_a_record(report: Report) -> None:
    text = json.dumps(report.as_dict(), allow_nan=False)
    parsed = Verification.model_validate({"reference": "numpy", **json.loads(text)})
    assert parsed.passed is report.passed


FLOATS = hnp.arrays(np.float64, (3,), elements=st.floats(allow_nan=True, allow_infinity=True))


@given(FLOATS)
def test_equal_arrays_agree_under_the_tightest_budget(values: np.ndarray) -> None:
    report = judge(values, values.copy())
    assert report.passed
    assert report.max_abs_err == 0


@given(FLOATS, FLOATS)
def test_under_the_tightest_budget_only_equal_arrays_agree(a: np.ndarray, b: np.ndarray) -> None:
    assert judge(a, b).passed is np.array_equal(a, b, equal_nan=True)


@given(FLOATS, FLOATS, st.floats(0, 1))
def test_any_verdict_fits_the_record(a: np.ndarray, b: np.ndarray, rtol: float) -> None:
    report = verdict(a, b, budget=ErrorBudget(rtol=rtol))
    json.dumps(report.as_dict(), allow_nan=False)
    assert report.passed is not bool(report.failures)
