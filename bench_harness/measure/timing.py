"""The timed loop."""

from __future__ import annotations

import functools
import gc
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

from bench_harness.measure.proc import busy_cpu_s, involuntary_switches, waiting_s

Call = Callable[[], Any]
Wait = Callable[[Any], Any]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Overhead:
    """What the timed loop adds to calls that are simply written down one after the other."""

    loop_s: float = 0.0
    """Per call: one turn of the loop, and the arguments being bound."""
    read_s: float = 0.0
    """Per run: reading the clock twice."""
    resolution_s: float = 0.0
    """Smallest step of the clock that was seen."""

    def net(self, elapsed_s: float, calls: int) -> float:
        """Return seconds per call of a run, without what is the harness's own."""
        return max(elapsed_s - self.read_s - calls * self.loop_s, calls * MIN_CALL_S) / calls


MIN_CALL_S = 1e-10
"""No call is faster; a time that reads as zero would have no ratio to another."""


def measure_overhead(clock: Clock = time.perf_counter) -> Overhead:
    """Measure `Overhead` in about a millisecond: the fastest of several attempts."""
    ticks = [clock() for _ in range(500)]
    steps = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    read = min(steps)
    bound = functools.partial(NOTHING, None)
    looped = min(time_once(bound, None, 1000, clock)[0] for _ in range(20)) - read / 1000
    written = (min(_written_out(NOTHING, None, clock) for _ in range(200)) - read) / WRITTEN_OUT
    resolution = min((step for step in steps if step > 0), default=0.0)
    return Overhead(max(0.0, looped - written), read, resolution)


NOTHING = callable
"""A function of C that does next to nothing, and takes an argument as a kernel does."""

WRITTEN_OUT = 20


def _written_out(call: Callable[[Any], Any], x: Any, clock: Clock) -> float:
    """Return the seconds that `WRITTEN_OUT` calls take without a loop."""
    start = clock()
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    call(x)
    return clock() - start


class DeviceTimer(Protocol):
    """A clock of the device itself, such as a pair of CUDA events."""

    def start(self) -> None:
        """Mark the beginning in the device's queue."""

    def stop(self) -> float:
        """Mark the end, wait for it, and return the seconds between."""


def device_samples(
    call: Call,
    timer: DeviceTimer,
    runs: int,
    calls: int,
    restore: Callable[[], None] | None = None,
) -> list[float]:
    """Return seconds per call by the device's own clock, calls queued without waiting between.

    Beside the host's clock, which measures the time to an answer: the difference is what
    launching and waiting take.
    """
    times = []
    for _ in range(runs):
        if restore is not None:
            restore()
        timer.start()
        for _ in repeat(None, calls):
            call()
        times.append(timer.stop() / calls)
    return times


@dataclass
class Samples:
    """Seconds per call of each run, and what the last call returned."""

    times_s: list[float]
    last_output: Any = None
    cpu_time_s: float = 0.0
    wall_time_s: float = 0.0
    involuntary_switches: int | None = None
    foreign_cpu_s: float | None = None
    waiting_s: float | None = None


def time_once(call: Call, wait: Wait | None, calls: int, clock: Clock) -> tuple[float, Any]:
    """Run `call` so many times and return seconds per call and the last output.

    Each call is waited for before the next begins: what is reported is the time to an answer,
    not the rate at which work can be queued.
    """
    output = None
    if wait is None:
        start = clock()
        for _ in repeat(None, calls):
            output = call()
        elapsed = clock() - start
    else:
        start = clock()
        for _ in repeat(None, calls):
            output = call()
            wait(output)
        elapsed = clock() - start
    return elapsed / calls, output


def take_samples(
    call: Call,
    wait: Wait | None,
    runs: int,
    calls: int,
    *,
    restore: Callable[[], None] | None = None,
    observe: Callable[[int, Any], None] | None = None,
    enough: Callable[[list[float]], bool] | None = None,
    overhead: Overhead = Overhead(),
    clock: Clock = time.perf_counter,
) -> Samples:
    """Time `runs` runs of `calls` calls, garbage collection off inside and done between.

    Whatever is there at the first use in a process is left out of all collections: a framework
    has hundreds of thousands of objects, and looking at them takes longer than a small kernel.

    Parameters
    ----------
    call : callable
        Everything bound: takes no argument.
    wait : callable, optional
        Blocks until an output is computed.
    runs, calls : int
    restore : callable, optional
        Puts overwritten inputs back, untimed, before each run.
    observe : callable, optional
        ``observe(run, output)`` is shown what each run returned, untimed.
    enough : callable, optional
        Asked with the times so far, from the `runs`-th run on: goes on until it says so.
    overhead : Overhead
        Taken off each run.
    clock : callable
        Seconds; an argument so that tests are exact.
    """
    samples = Samples([])
    switches, busy, waits = involuntary_switches(), busy_cpu_s(), waiting_s()
    cpu, wall = time.process_time(), clock()
    was_enabled = gc.isenabled()
    gc.freeze()  # what is there now is not looked at again: collecting between runs is cheap
    gc.disable()
    try:
        for run in itertools.count():
            if run >= runs and (enough is None or enough(samples.times_s)):
                break
            if restore is not None:
                restore()
            samples.last_output = None  # so that two outputs are never alive at once
            seconds, samples.last_output = time_once(call, wait, calls, clock)
            samples.times_s.append(overhead.net(seconds * calls, calls))
            if observe is not None:
                observe(run, samples.last_output)
            gc.collect()
    finally:
        if was_enabled:
            gc.enable()
    samples.cpu_time_s = time.process_time() - cpu
    samples.wall_time_s = clock() - wall
    if busy is not None:
        samples.foreign_cpu_s = max(0.0, (busy_cpu_s() or 0.0) - busy - samples.cpu_time_s)
    if waits is not None:
        later = waiting_s() or {}
        samples.waiting_s = sum(max(0.0, s - waits.get(name, 0.0)) for name, s in later.items())
    if switches is not None:
        samples.involuntary_switches = (involuntary_switches() or 0) - switches
    return samples


def calls_per_run(seconds_per_call: float, min_sample_time_s: float) -> int:
    """Return how many calls make a run of at least `min_sample_time_s`.

    The clock is read twice per run and costs about 0.1 us: 0.01 % of a run of 1 ms.
    """
    if seconds_per_call >= min_sample_time_s:
        return 1
    return min(1_000_000, math.ceil(min_sample_time_s / max(seconds_per_call, 1e-9)))
