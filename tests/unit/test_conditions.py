"""Load, frequency and heat, on a machine that is made up of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_harness.measure.conditions import conditions, gpu_brakes, throttle_events


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Return a ``/sys`` of two cores."""
    for cpu, (khz, throttled) in enumerate([(3_000_000, 4), (2_000_000, 5)]):
        folder = tmp_path / f"devices/system/cpu/cpu{cpu}"
        (folder / "cpufreq").mkdir(parents=True)
        (folder / "cpufreq/scaling_cur_freq").write_text(f"{khz}\n")
        (folder / "thermal_throttle").mkdir()
        (folder / "thermal_throttle/core_throttle_count").write_text(f"{throttled}\n")
    for zone, heat in enumerate([41_000, 67_500]):
        folder = tmp_path / f"class/thermal/thermal_zone{zone}"
        folder.mkdir(parents=True)
        (folder / "temp").write_text(f"{heat}\n")
    return tmp_path


def test_what_the_kernel_shows_is_read(system: Path) -> None:
    assert throttle_events([0, 1], system) == 9
    found = conditions("cpu", [0, 1], 7, system)
    assert found["frequency_mhz"] == 2500.0
    assert found["temperature_c"] == 67.5
    assert found["throttle_events"] == 2
    assert conditions("cpu", [1], 5, system)["frequency_mhz"] == 2000.0


def test_what_it_does_not_show_is_unknown(tmp_path: Path) -> None:
    assert throttle_events([0], tmp_path) is None
    found = conditions("cpu", [0], None, tmp_path)
    assert found["frequency_mhz"] is found["temperature_c"] is None
    assert "throttle_events" not in found


def test_a_gpu_that_is_idle_has_no_brake_on() -> None:
    assert gpu_brakes(0x1) == []
    assert gpu_brakes(0x1 | 0x4 | 0x40) == ["power cap", "hardware thermal limit"]
