"""What the machine is doing, as far as it tells: load, frequency, heat, the GPU's clock."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SYSTEM = Path("/sys")
CPUINFO = Path("/proc/cpuinfo")


def throttle_events(cpus: Iterable[int], system: Path = SYSTEM) -> int | None:
    """Return how often these cores have been slowed down for heat so far; None where untold."""
    counts = [
        _number(system / f"devices/system/cpu/cpu{cpu}/thermal_throttle/core_throttle_count")
        for cpu in cpus
    ]
    known = [int(count) for count in counts if count is not None]
    return sum(known) if known else None


def conditions(
    device: str, cpus: Iterable[int], throttled_before: int | None, system: Path = SYSTEM
) -> dict[str, Any]:
    """Return the fields of `model.Conditions` for this moment.

    Parameters
    ----------
    device : str
        The case's device; the GPU is asked only for ``cuda``.
    cpus : iterable of int
        The case's cores.
    throttled_before : int or None
        What `throttle_events` gave before the timed runs.
    system : Path
        Where the kernel shows its devices; an argument so that tests can make one up.
    """
    cpus = list(cpus)
    found: dict[str, Any] = {
        "frequency_mhz": _frequency_mhz(cpus, system),
        "temperature_c": _temperature_c(system),
    }
    with contextlib.suppress(OSError, AttributeError):
        found["load_average"] = os.getloadavg()[0]
    events = throttle_events(cpus, system)
    if events is not None and throttled_before is not None:
        found["throttle_events"] = max(0, events - throttled_before)
    if device.startswith("cuda"):
        found |= _gpu(int(device.partition(":")[2] or 0))
    return found


def _frequency_mhz(cpus: list[int], system: Path) -> float | None:
    files = [system / f"devices/system/cpu/cpu{cpu}/cpufreq/scaling_cur_freq" for cpu in cpus]
    known = [khz / 1e3 for khz in map(_number, files) if khz]
    if not known and system == SYSTEM:
        with contextlib.suppress(OSError, ValueError):
            lines = CPUINFO.read_text().splitlines()
            clocks = [float(x.partition(":")[2]) for x in lines if x.startswith("cpu MHz")]
            known = [clocks[cpu] for cpu in cpus if cpu < len(clocks)]
    return sum(known) / len(known) if known else None


def _temperature_c(system: Path) -> float | None:
    known = [_number(file) for file in system.glob("class/thermal/thermal_zone*/temp")]
    known += [_number(file) for file in system.glob("class/hwmon/hwmon*/temp*_input")]
    return max((value / 1e3 for value in known if value), default=None)


def _number(file: Path) -> float | None:
    with contextlib.suppress(OSError, ValueError):
        return float(file.read_text())
    return None


def _gpu(index: int) -> dict[str, Any]:
    """Return the clock, heat and brakes of a GPU; nothing where nvidia-ml-py is missing."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # not installed, or no driver
        return {}
    found: dict[str, Any] = {}
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        with contextlib.suppress(Exception):
            clock = pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)
            found["gpu_clock_mhz"] = float(clock)
        with contextlib.suppress(Exception):
            heat = pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)
            found["gpu_temperature_c"] = float(heat)
        with contextlib.suppress(Exception):
            bits = pynvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle)
            found["gpu_throttle_reasons"] = gpu_brakes(bits)
    except Exception:
        return found
    finally:
        pynvml.nvmlShutdown()
    return found


BRAKES = {
    0x4: "power cap",
    0x8: "hardware slow-down",
    0x20: "software thermal limit",
    0x40: "hardware thermal limit",
    0x80: "hardware power brake",
}
"""Bits of NVML's clock throttle reasons that slow a busy GPU; idle and the user's own are none."""


def gpu_brakes(bits: int) -> list[str]:
    """Return in words what holds a GPU's clock down."""
    return [name for bit, name in BRAKES.items() if bits & bit]
