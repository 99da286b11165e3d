"""What the timed loop takes itself: measured, taken off, and small."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import pytest

from bench_harness.measure.timing import (
    Overhead,
    calls_per_run,
    device_samples,
    measure_overhead,
    take_samples,
)
from tests.unit.test_timing import Clock


def test_the_loop_and_the_clock_are_taken_off() -> None:
    clock = Clock()
    overhead = Overhead(loop_s=0.25, read_s=0.5)
    call = clock.work("call", 2.0)
    samples = take_samples(call, None, 2, 4, overhead=overhead, clock=clock)
    assert samples.times_s == [1.625, 1.625]  # (8 - 0.5 - 4 * 0.25) / 4


def test_a_time_stays_positive() -> None:
    clock = Clock()
    call = clock.work("call", 0.0)
    overhead = Overhead(loop_s=0.25, read_s=0.5)
    (seconds,) = take_samples(call, None, 1, 4, overhead=overhead, clock=clock).times_s
    assert 0 < seconds < 1e-9


def test_the_overhead_of_this_machine_is_plausible() -> None:
    overhead = measure_overhead()
    assert 0 < overhead.loop_s < 1e-6
    assert 0 <= overhead.read_s < 1e-5
    assert 0 < overhead.resolution_s < 1e-5


class FakeTimer:
    """A device whose queue takes its time when it is waited for."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def start(self) -> None:
        self.log.append("start")

    def stop(self) -> float:
        self.log.append("stop")
        return 6.0


def test_the_device_s_clock_brackets_the_calls_and_nothing_else() -> None:
    log: list[str] = []

    def note(word: str) -> Callable[[], Any]:
        return lambda: log.append(word)

    times = device_samples(note("call"), FakeTimer(log), 2, 3, note("restore"))
    assert times == [2.0, 2.0]
    assert log == ["restore", "start", "call", "call", "call", "stop"] * 2


# -- calls of known length --------------------------------------------------------------------


def wait(seconds: float) -> None:
    """Return after so many seconds by the clock: a neighbour on the core changes nothing."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("seconds", [1e-4, 1e-3, 1e-2, 1e-1])
def test_a_wait_of_known_length_reads_within_one_percent(seconds: float) -> None:
    call, calls = functools.partial(wait, seconds), calls_per_run(seconds, 1e-3)
    samples = take_samples(call, None, 10, calls, overhead=measure_overhead())
    assert min(samples.times_s) == pytest.approx(seconds, rel=0.01)


def zeros_per_second() -> float:
    """Return how many zeros `sum` adds up in a second, about."""
    zeros = (0,) * 50_000
    return len(zeros) / min(seconds_of(lambda: sum(zeros)) for _ in range(30))


def seconds_of(call: Callable[[], Any]) -> float:
    """Return what one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def reading(seconds: float) -> float:
    """Return what the harness reads for a call into C, as a multiple of its length.

    The length is that of calls written out one after the other: no loop, no bound arguments,
    the clock read twice. The two are timed in turn, so that both meet the core at its best.
    """
    zeros = (0,) * round(seconds * zeros_per_second())
    calls = calls_per_run(seconds, 1e-4)
    scope: dict[str, Any] = {"call": sum, "zeros": zeros}
    exec("def written_out():\n" + "    call(zeros)\n" * calls, scope)
    overhead, lengths = measure_overhead(), []

    def time_written_out() -> None:
        lengths.append((seconds_of(scope["written_out"]) - overhead.read_s) / calls)

    samples = take_samples(
        functools.partial(sum, zeros), None, 500, calls, restore=time_written_out, overhead=overhead
    )
    return min(samples.times_s) / min(lengths)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("seconds", [1e-6, 1e-5])
def test_a_short_call_reads_as_if_written_out_within_one_percent(seconds: float) -> None:
    # A neighbour's coming and going is in some of the readings, a bias of the timer in all.
    readings: list[float] = []
    while len(readings) < 20 and not (readings and abs(readings[-1] - 1) <= 0.01):
        readings.append(reading(seconds))
    assert readings[-1] == pytest.approx(1, abs=0.01), f"reads {readings} of its length"
