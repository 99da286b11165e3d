"""What the timed loop takes itself: measured, taken off, and small."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from itertools import repeat
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


# -- a kernel of known length -----------------------------------------------------------------


def zeros_per_second() -> float:
    """Return how many zeros `sum` adds up in a second: the difference of two long calls."""
    few, many = ((0,) * 20_000), ((0,) * 60_000)
    return 40_000 / (fastest(lambda: sum(many)) - fastest(lambda: sum(few)))


def fastest(call: Callable[[], Any], attempts: int = 30) -> float:
    """Return the fastest of some single calls, in seconds."""
    best = float("inf")
    for _ in range(attempts):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def spin(seconds: float) -> tuple[Callable[[], Any], float]:
    """Return a call into C of about so many seconds, and its length.

    The length is that of calls written out one after the other, for about a millisecond: no
    loop, no bound arguments, the clock read twice.
    """
    items = round(seconds * zeros_per_second())
    rounds, zeros = max(1, items // 50_000), (0,) * min(items, 50_000)

    def long(zeros: Any) -> None:
        for _ in repeat(None, rounds):
            sum(zeros)

    function = sum if rounds == 1 else long
    scope: dict[str, Any] = {"call": function, "zeros": zeros}
    calls = max(1, round(1e-3 / seconds))
    exec("def written_out():\n" + "    call(zeros)\n" * calls, scope)
    attempts = 100 if seconds < 0.01 else 5
    return functools.partial(function, zeros), fastest(scope["written_out"], attempts) / calls


def reading(seconds: float) -> float:
    """Return what the harness reads for a spin of `seconds`, as a multiple of its length."""
    call, length = spin(seconds)
    runs, calls = 100 if seconds < 0.01 else 5, calls_per_run(seconds, 1e-3)
    samples = take_samples(call, None, runs, calls, overhead=measure_overhead())
    return min(samples.times_s) / length


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("seconds", [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1])
def test_a_spin_of_known_length_reads_within_one_percent(seconds: float) -> None:
    # Neighbours on the machine make single readings long, so the best of some attempts counts;
    # a bias of the timer would be in all of them.
    readings, shares = [math.inf], [0.0]
    while len(readings) <= 20 and abs(readings[-1] - 1) > 0.01:
        wall, cpu = time.perf_counter(), time.process_time()
        readings.append(reading(seconds))
        shares.append((time.process_time() - cpu) / (time.perf_counter() - wall))
    undisturbed = sum(share >= 0.98 for share in shares)
    if abs(readings[-1] - 1) > 0.01 and undisturbed < 10:
        pytest.skip(f"others had this core in {20 - undisturbed} of 20 attempts")
    assert abs(readings[-1] - 1) <= 0.01, f"reads {readings[1:]} of its length"
