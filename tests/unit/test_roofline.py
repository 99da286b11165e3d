"""Rates of a case beside what its machine can do."""

from __future__ import annotations

from typing import Any

import pytest

from bench_harness.model import Bandwidth, Calibration, CaseResult
from bench_harness.report.times import group_table
from bench_harness.roofline import achieved, doubt, roof
from tests.factories import make_case, make_environment, make_measurement, make_record, make_result

CALIBRATION = Calibration(
    measured_at="2026-01-02T03:04:05+00:00",
    machine="01234567",
    threads=2,
    flops_per_s={"float64": 100e9, "float32": 200e9},
    bandwidth=[
        Bandwidth(working_set_bytes=2**14, bytes_per_s=20e9),  # a call is most of it
        Bandwidth(working_set_bytes=2**20, bytes_per_s=50e9),
        Bandwidth(working_set_bytes=2**30, bytes_per_s=10e9),
    ],
    latency_s={"add": 1e-9},
    call_s={"numpy": 5e-7},
)
MACHINE = make_environment(calibration=CALIBRATION)


def counted(flops: float | None, nbytes: float | None, **changed: Any) -> CaseResult:
    """Return a case of 1 ms that counts its work."""
    measured = [make_measurement([1e-3] * 9)]
    return make_result(measurements=measured, flops=flops, nbytes=nbytes, **changed)


def test_arithmetic_bounds_a_kernel_of_many_operations_per_byte() -> None:
    found = achieved(counted(50e6, 1e6), MACHINE)
    assert found
    assert (found.bound, found.intensity) == ("arithmetic", 50.0)
    assert found.flops_per_s == pytest.approx(50e9)
    assert found.roof_flops_per_s == pytest.approx(100e9)
    assert found.share == pytest.approx(0.5)


def test_memory_bounds_a_kernel_of_few() -> None:
    found = achieved(counted(1e6, 8e6), MACHINE)  # 8 MB do not fit 1 MiB: 10 GB/s
    assert found
    assert found.bound == "memory"
    assert found.bytes_per_s == pytest.approx(8e9)
    assert found.share == pytest.approx(0.8)
    assert found.roof_flops_per_s == pytest.approx(1.25e9)


def test_one_count_alone_has_a_roof_of_its_own() -> None:
    by_bytes, by_flops = (
        achieved(counted(*given), MACHINE) for given in ((None, 4e6), (4e6, None))
    )
    assert by_bytes
    assert by_flops
    assert (by_bytes.share, by_bytes.flops_per_s) == (pytest.approx(0.4), None)
    assert (by_flops.share, by_flops.bytes_per_s) == (pytest.approx(0.04), None)
    assert by_bytes.roof_flops_per_s is by_flops.roof_flops_per_s is None


@pytest.mark.parametrize(
    ("working_set", "bandwidth"),
    [(1, 50e9), (2**20, 50e9), (2**21, 50e9), (2**22, 10e9), (2**40, 10e9), (None, 50e9)],
)
def test_bandwidth_is_that_of_the_working_set(working_set: float | None, bandwidth: float) -> None:
    assert roof(MACHINE, "cpu", "float64", working_set).bytes_per_s == bandwidth


def test_peaks_are_those_of_dtype_and_device() -> None:
    assert roof(MACHINE, "cpu", "float32", 1.0).flops_per_s == 200e9
    assert roof(MACHINE, "cuda", "float64", 1.0).flops_per_s is None
    quick = make_environment(ceilings={"flops_per_s": 7e9, "bytes_per_s": 9e9})
    assert roof(quick, "cpu", "float64", 1e12).bytes_per_s == 9e9
    assert roof(quick, "cpu", "float32", 1.0).flops_per_s is None
    unknown = achieved(counted(1e6, 1e6), make_environment())
    assert unknown
    assert (unknown.share, unknown.bound, unknown.flops_per_s) == (None, None, 1e9)


def test_what_is_not_verified_or_not_counted_has_no_rate() -> None:
    assert achieved(counted(None, None), MACHINE) is None
    assert achieved(counted(1e6, 1e6, status="wrong"), MACHINE) is None


def test_faster_than_the_machine_is_a_warning_in_the_table() -> None:
    honest, boasting = counted(90e6, 1e3), counted(150e6, 1e3, case=make_case("numba"))
    assert doubt(honest, MACHINE) is None
    assert "150% of what this machine was measured to do" in str(doubt(boasting, MACHINE))
    assert "count of flops" in str(doubt(boasting, MACHINE))
    table = group_table([honest, boasting], make_record(honest, boasting, environment=MACHINE))
    columns = [name for name, _ in table.columns]
    assert [row[columns.index("Of Roof")] for row in table.rows] == ["90.0%", "150.0%"]
    assert [row[columns.index("GFLOP/s")] for row in table.rows] == ["90.0", "150"]
    assert any(note.startswith("`numba`: 150% of what") for note in table.notes)
