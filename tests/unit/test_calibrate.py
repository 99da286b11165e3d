"""The machine's ceilings: measured in a worker, kept per machine, taken into a run's record."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench_harness import calibrate
from bench_harness.errors import ConfigurationError
from bench_harness.measure import call_overhead, ceilings
from bench_harness.model import Calibration
from tests.factories import make_environment
from tests.unit.test_roofline import CALIBRATION


def test_a_worker_measures_every_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceilings, "LARGE_GEMM_SIZES", (32,))
    monkeypatch.setattr(ceilings, "WORKING_SETS", (1 << 14, 1 << 21))
    monkeypatch.setattr(ceilings, "PASS_BYTES", 1 << 18)
    found = Calibration(measured_at="", machine="", threads=2, **ceilings.calibrate(2), call_s={})
    assert set(found.flops_per_s) == {"float64", "float32"}
    assert [point.working_set_bytes for point in found.bandwidth] == [1 << 14, 1 << 21]
    assert set(found.latency_s) == {"add", "multiply", "divide"}
    rates = [*found.flops_per_s.values(), *(point.bytes_per_s for point in found.bandwidth)]
    assert all(1e6 < rate < 1e16 for rate in rates)
    assert all(1e-11 < seconds < 1e-6 for seconds in found.latency_s.values())


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_a_call_has_a_cost(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_overhead, "ROUND_S", 1e-4)
    request = {"backend": backend, "threads": 1, "cache_dir": str(tmp_path)}
    assert 1e-9 < call_overhead.measure(request) < 1e-3


@pytest.mark.skipif(sys.platform != "linux", reason="XDG folders")
def test_a_calibration_is_kept_for_its_machine_and_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    here, there = make_environment(), make_environment(memory_bytes=2**40)
    path = calibrate.path_for(here, 2)
    assert calibrate.load(path) is None
    calibrate.keep(CALIBRATION, path)
    assert calibrate.load(path) == CALIBRATION
    others = (calibrate.path_for(here, 1), calibrate.path_for(there, 2))
    assert all(calibrate.load(other) is None for other in others)


def test_a_damaged_calibration_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "damaged.json"
    path.write_text('{"threads": "many"}')
    with pytest.raises(ConfigurationError, match=r"damaged\.json .*bench-harness calibrate"):
        calibrate.load(path)
