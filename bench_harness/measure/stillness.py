"""The process that ``doctor --noise`` starts again and again: how still is the machine?

Three kernels that react to different things take turns: the interpreter, arithmetic in the first
levels of cache, and a pass over memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench_harness.child import read_request, write_reply
from bench_harness.measure import proc, timing
from bench_harness.measure.conditions import conditions, throttle_events

MIN_RUNS = 8
RUN_S = 2e-3


def main() -> None:
    """Answer with the times of each kernel and what else went on meanwhile."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    write_reply(folder, watch(request["seconds"], request["cpus"]))


def watch(seconds: float, cpus: list[int]) -> dict[str, Any]:
    """Take runs of each kernel in turn for so many seconds.

    Returns
    -------
    dict
        ``times_s`` by kernel; ``wall_s``, ``cpu_s``, ``foreign_s``, ``waiting_s`` and
        ``switches`` over all of it; ``conditions`` at its end.
    """
    kernels = _kernels()
    throttled, overhead = throttle_events(cpus), timing.measure_overhead()
    calls = {}
    for name, call in kernels.items():
        seconds_each = min(timing.time_once(call, None, 1, time.perf_counter)[0] for _ in range(3))
        calls[name] = timing.calls_per_run(seconds_each, RUN_S)
    found: dict[str, Any] = {"times_s": {name: [] for name in kernels}}
    sums = dict.fromkeys(("wall_s", "cpu_s", "foreign_s", "waiting_s", "switches"), 0.0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline or not all(
        len(times) >= MIN_RUNS for times in found["times_s"].values()
    ):
        for name, call in kernels.items():
            samples = timing.take_samples(call, None, MIN_RUNS, calls[name], overhead=overhead)
            found["times_s"][name] += samples.times_s
            sums["wall_s"] += samples.wall_time_s
            sums["cpu_s"] += samples.cpu_time_s
            sums["foreign_s"] += samples.foreign_cpu_s or 0.0
            sums["waiting_s"] += samples.waiting_s or 0.0
            sums["switches"] += samples.involuntary_switches or 0
    return {**found, **sums, "conditions": conditions("cpu", cpus, throttled)}


def _kernels() -> dict[str, Callable[[], object]]:
    small, large = np.full(2000, 1.5), np.ones(4_000_000)
    out_small, out_large = np.empty_like(small), np.empty_like(large)
    return {
        "pure Python": lambda: sum(i * i for i in range(10_000)),
        "arithmetic in cache": lambda: np.sqrt(small, out=out_small),
        "a pass over 64 MB": lambda: np.copyto(out_large, large),
    }


if __name__ == "__main__":
    main()
