"""The little that has to be known of the process around a measurement; standard library only."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def involuntary_switches() -> int | None:
    """Return how often the kernel took the processor from this process; None where unknown."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def busy_cpu_s() -> float | None:
    """Return the CPU seconds spent so far on this process's cores, by whomever (Linux).

    Less this process's own CPU time, it is what others took: they or the hypervisor. Counted in
    scheduler ticks, so good to some hundredths of a second.
    """
    try:
        cores = {f"cpu{core}" for core in os.sched_getaffinity(0)}
        with open("/proc/stat") as file:
            lines = [line.split() for line in file if line.startswith("cpu")]
    except (AttributeError, OSError):
        return None
    # user nice system [idle iowait] irq softirq steal
    ticks = sum(int(line[i]) for line in lines if line[0] in cores for i in (1, 2, 3, 6, 7, 8))
    return ticks / os.sysconf("SC_CLK_TCK")


def waiting_s() -> dict[str, float] | None:
    """Return, by thread, for how long it was ready to run and had no core (Linux).

    In nanoseconds, where `busy_cpu_s` counts ticks: also a run of some milliseconds tells.
    """
    waits = {}
    try:
        for thread in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):
                waits[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None
    return waits or None


def resident_bytes() -> int | None:
    """Return the resident memory of this process (Linux)."""
    return _status_bytes("VmRSS")


def reset_peak_rss() -> int | None:
    """Forget the peak of resident memory and return what is resident now (Linux)."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return None
    return resident_bytes()


def peak_rss() -> int | None:
    """Return the peak of resident memory since `reset_peak_rss`."""
    return _status_bytes("VmHWM")


def _status_bytes(field: str) -> int | None:
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def pin_to(cpus: list[int]) -> None:
    """Keep this process and its threads on `cpus`, where the system can.

    Thread variables are not enough: JAX reads none, and starts a thread for every core it may
    run on.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)
