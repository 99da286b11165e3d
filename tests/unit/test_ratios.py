"""Ratios to the reference beside the ratios aimed at: what is said to be reached, and what not."""

from __future__ import annotations

import pytest

from bench_harness.model import RunConfig, RunRecord
from bench_harness.report.ratios import Target, ratio_table
from tests.factories import make_measurement, make_record, make_result

QUIET, SLOWED = 1.0e-4, 1.9e-4


def record_of(
    numpy_s: float = 2e-3,
    numba_s: float = 1e-3,
    *,
    pace: tuple[float, float] = (QUIET, QUIET),
    threads: int = 1,
) -> RunRecord:
    """Return a record of two cases, and of a third that found the core quiet."""
    cases = [
        make_result(
            label, measurements=[make_measurement([time], probe_s=probe, probe_median_s=probe)]
        )
        for label, time, probe in (("numpy", numpy_s, pace[0]), ("numba", numba_s, pace[1]))
    ]
    python = make_measurement([1.0], probe_s=QUIET, probe_median_s=QUIET)
    return make_record(
        *cases, make_result("python", measurements=[python]), config=RunConfig(threads=threads)
    )


def verdict(record: RunRecord, ratio: float, threads: int = 1) -> str:
    """Return what the table says of numba's target."""
    targets = [Target("sample/rms/default/numba/cpu/float64", threads, ratio)]
    rows = ratio_table([record], targets).rows
    (row,) = (row for row in rows if row[1] == "`numba`")
    return row[-1]


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.9, "yes"), (2.1, "**no**"), (2.02, "**no**: 99.0% of it")]
)
def test_a_target_is_reached_or_not(ratio: float, expected: str) -> None:
    assert verdict(record_of(), ratio) == expected
    assert verdict(record_of(), ratio, threads=2) == "not measured"


@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        ((SLOWED, QUIET), ["unclear: slowed", "**no**"]),
        ((QUIET, SLOWED), ["yes", "unclear: slowed"]),
        ((SLOWED, SLOWED), ["unclear: slowed", "unclear: slowed"]),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_neighbour_leaves_open_what_it_may_have_turned(
    pace: tuple[float, float], expected: list[str], threads: int
) -> None:
    record = record_of(pace=pace, threads=threads)
    assert [verdict(record, ratio, threads) for ratio in (0.1, 10.0)] == expected


def test_processes_that_were_not_slowed_are_enough() -> None:
    record = record_of(numba_s=1e-3)
    disturbed = make_measurement([9e-3], probe_s=SLOWED, probe_median_s=SLOWED)
    results = [
        result.model_copy(update={"measurements": [*result.measurements, disturbed]})
        for result in record.results
    ]
    assert verdict(record.model_copy(update={"results": results}), 1.9) == "yes"


def test_a_case_that_never_settled_leaves_open_what_lies_in_its_range() -> None:
    record = record_of()
    steady = {"kind": "none", "settled": False}
    times = [0.5e-3] * 10 + [2e-3] * 10
    restless = make_measurement(times, probe_s=QUIET, probe_median_s=QUIET, steady_state=steady)
    results = [
        result.model_copy(update={"measurements": [restless]})
        if result.case.label == "numba"
        else result
        for result in record.results
    ]
    record = record.model_copy(update={"results": results})
    assert [verdict(record, ratio) for ratio in (0.9, 2.0, 5.0)] == ["yes", "unclear", "**no**"]
