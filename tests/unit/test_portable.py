"""What writing a kernel once costs: which pairs are compared, and which have a ratio."""

from __future__ import annotations

from typing import Any

from bench_harness.model import CaseResult, SteadyState
from bench_harness.report.portable import portable_table
from tests.factories import make_measurement, make_result


def timed(label: str, milliseconds: float, **changed: Any) -> CaseResult:
    """Return a verified result of one flat series."""
    measurement = make_measurement([milliseconds / 1e3] * 5)
    return make_result(label, **{"measurements": [measurement], **changed})


def test_a_portable_implementation_stands_beside_the_fastest_tuned_one() -> None:
    results = [
        timed("torch", 4.0),
        timed("torch.compile", 2.0),
        timed("torch.portable", 8.0),
        timed("numpy", 1.0),  # another backend's own file is no measure for torch's
    ]
    (row,) = portable_table(results).rows
    assert row == [
        "sample/rms/default (float64)",
        "`torch` (`cpu`, `compile=True`)",
        "2.000",
        "8.000",
        "4.0x",
    ]


def test_below_one_the_portable_one_is_faster() -> None:
    (row,) = portable_table([timed("jax", 4.0), timed("jax.portable", 1.0)]).rows
    assert row[-1] == "0.25x"


def test_what_is_wrong_or_alone_costs_nothing_to_compare() -> None:
    portable = timed("torch.portable", 8.0)
    assert portable_table([portable]).rows == []
    assert portable_table([portable, timed("numpy", 1.0)]).rows == []
    assert portable_table([portable, make_result("torch", "wrong")]).rows == []
    assert portable_table([make_result("torch.portable", "wrong"), timed("torch", 4.0)]).rows == []
    assert portable_table([]).notes == []


def test_other_sizes_and_dtypes_are_no_pair() -> None:
    portable = timed("torch.portable", 8.0)
    single = portable.case.model_copy(update={"dtype": "float32", "variant": ""})
    larger = portable.case.model_copy(update={"preset": "full", "variant": ""})
    others = [timed("torch", 4.0, case=case) for case in (single, larger)]
    assert portable_table([portable, *others]).rows == []


def test_a_series_that_never_settled_has_a_range() -> None:
    drift = SteadyState(kind="drift", settled=False)
    restless = make_measurement([0.004, 0.008, 0.012], steady_state=drift)
    portable = make_result("torch.portable", measurements=[restless])
    (row,) = portable_table([timed("torch", 4.0), portable]).rows
    assert row[-1] == "1.0x to 3.0x"
