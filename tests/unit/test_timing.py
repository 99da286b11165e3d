"""The timed loop, by a clock that only ticks when it is told to."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.measure import proc
from bench_harness.measure.noise import measurement_warnings
from bench_harness.measure.timing import calls_per_run, take_samples, time_once
from bench_harness.measure.trial import fit_runs
from bench_harness.model import Conditions, SteadyState
from tests.factories import make_measurement


class Clock:
    """Time passes where a test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.log: list[str] = []

    def __call__(self) -> float:
        return self.now

    def work(self, name: str, *seconds: float, value: Any = None) -> Callable[..., Any]:
        """Return a function that takes each number of seconds in turn, the last for ever."""
        due: Iterator[float] = iter(seconds)
        last = seconds[-1]

        def run(*_: Any) -> Any:
            self.log.append(name)
            self.now += next(due, last)
            return value

        return run


def test_a_run_of_many_calls_gives_seconds_per_call() -> None:
    clock = Clock()
    assert time_once(clock.work("call", 1.0, 2.0, value="out"), None, 4, clock) == (1.75, "out")
    assert clock.log == ["call"] * 4


def test_every_call_is_waited_for_and_the_wait_is_timed() -> None:
    clock = Clock()
    call, wait = clock.work("call", 1.0), clock.work("wait", 0.5)
    assert time_once(call, wait, 2, clock)[0] == 1.5
    assert clock.log == ["call", "wait", "call", "wait"]


def test_wait_is_given_the_output() -> None:
    given: list[str] = []
    time_once(lambda: "out", given.append, 2, Clock())
    assert given == ["out", "out"]


def test_inputs_are_restored_untimed_before_each_run() -> None:
    clock = Clock()
    call, restore = clock.work("call", 1.0, 2.0, 3.0), clock.work("restore", 50.0)
    samples = take_samples(call, None, 3, 1, restore=restore, clock=clock)
    assert samples.times_s == [1.0, 2.0, 3.0]
    assert clock.log == ["restore", "call"] * 3
    assert samples.wall_time_s == 156.0


def test_the_output_of_the_last_timed_call_is_kept() -> None:
    outputs = iter("abcdef")
    samples = take_samples(lambda: next(outputs), None, 3, 2, clock=Clock())
    assert samples.last_output == "f"


def test_two_outputs_are_never_alive_at_once() -> None:
    alive = 0
    most = 0

    class Output:
        def __init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    take_samples(Output, None, 5, 1, clock=Clock())
    assert most == 1


def test_what_each_run_returned_is_shown_untimed() -> None:
    clock = Clock()
    call, observe = clock.work("call", 1.0, value="out"), clock.work("observe", 7.0)
    assert take_samples(call, None, 2, 1, observe=observe, clock=clock).times_s == [1.0, 1.0]
    assert clock.log == ["call", "observe"] * 2


def test_no_runs_give_no_samples() -> None:
    assert take_samples(lambda: 1, None, 0, 1, clock=Clock()).times_s == []


def test_what_is_there_before_a_series_is_not_looked_at_between_its_runs() -> None:
    gc.freeze()  # as whatever forked this process may have done
    there = [[n] for n in range(1000)]
    looked_at: list[bool] = []

    def observe(_run: int, _output: object) -> None:
        looked_at.append(any(one is there for one in gc.get_objects()))

    try:
        take_samples(lambda: None, None, 2, 1, observe=observe, clock=Clock())
    finally:
        gc.unfreeze()
    assert looked_at == [False, False]


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_the_collector_is_off_inside_and_as_it_was_afterwards(enabled: bool, fails: bool) -> None:
    seen: list[bool] = []

    def call() -> None:
        seen.append(gc.isenabled())
        if fails:
            raise ArithmeticError

    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        try:
            take_samples(call, None, 1, 1, clock=Clock())
        except ArithmeticError:
            assert fails
        assert seen == [False]
        assert gc.isenabled() is enabled
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        (gc.enable if was else gc.disable)()


@pytest.mark.parametrize(
    ("seconds", "calls"),
    [(1.0, 1), (1e-3, 1), (0.7e-3, 2), (0.5e-3, 2), (0.26e-6, 3847), (0.0, 1_000_000)],
)
def test_calls_per_run(seconds: float, calls: int) -> None:
    assert calls_per_run(seconds, 1e-3) == calls


@given(st.floats(1e-9, 10.0))
def test_a_run_lasts_long_enough_and_not_much_longer(seconds: float) -> None:
    calls = calls_per_run(seconds, 1e-3)
    assert calls * seconds >= 1e-3 * (1 - 1e-12)
    assert calls == 1 or (calls - 1) * seconds <= 1e-3 * (1 + 1e-12)


def test_peak_memory_is_forgotten_and_measured_again() -> None:
    before = proc.reset_peak_rss()
    if before is None:
        pytest.skip("this system does not tell the peak of a process")
    block = bytearray(64 * 2**20)
    peak = proc.peak_rss()
    assert peak is not None
    assert peak - before >= len(block) * 0.9
    del block
    later = proc.peak_rss()
    assert later is not None
    assert later - before >= 64 * 2**20 * 0.9


# -- fitting a budget -------------------------------------------------------------------------


def test_runs_that_fit_are_left_alone() -> None:
    assert fit_runs(5, 20, 1.0, 25.0) == (5, 20, None)


def test_runs_are_cut_in_proportion_and_said_so() -> None:
    warmup, timed, note = fit_runs(5, 20, 2.0, 25.0)
    assert (warmup, timed) == (2, 10)
    assert "cut to 10 of 20 timed runs" in str(note)
    assert "--time-budget" in str(note)
    assert fit_runs(5, 20, 20.0, 25.0)[:2] == (0, 3)
    assert "cut to 0 of 2 warm-up runs to fit" in str(fit_runs(2, 2, 20.0, 25.0)[2])


@given(st.integers(0, 50), st.integers(1, 50), st.floats(0, 1e3), st.floats(1e-3, 1e3))
def test_cut_runs_fit_their_budget_and_three_are_always_kept(
    warmup: int, timed: int, seconds: float, budget: float
) -> None:
    kept_warmup, kept, note = fit_runs(warmup, timed, seconds, budget)
    least = min(3, timed)
    assert least <= kept <= timed
    assert 0 <= kept_warmup <= warmup
    assert (note is None) is ((kept_warmup, kept) == (warmup, timed))
    assert (kept_warmup + kept - least) * seconds <= budget * (1 + 1e-9)


# -- signs of contention ----------------------------------------------------------------------


def warnings(threads: int = 1, **changed: Any) -> list[str]:
    fields = {"wall_time_s": 1.0, "cpu_time_s": 1.0, "foreign_cpu_s": 0.01, **changed}
    return measurement_warnings(make_measurement(**fields), threads)


@pytest.mark.parametrize(
    "quiet",
    [
        {},
        {"foreign_cpu_s": None},
        {"waiting_s": 0.9},  # its own threads waited for one another: its core was busy with it
        {"waiting_s": 0.05, "cpu_time_s": 0.9},
        {"conditions": Conditions(load_average=9.0, throttle_events=0)},
        {"involuntary_switches": 5000},  # JAX's own threads cause as many
        {"cpu_time_s": 0.1},  # it may well have waited for a GPU
        {"wall_time_s": 0.1, "foreign_cpu_s": 0.03, "cpu_time_s": 0.1},  # a tick or two
        {"threads": 4, "cpu_time_s": 4.0, "foreign_cpu_s": 0.15},
    ],
)
def test_a_quiet_case_is_not_warned_about(quiet: dict[str, Any]) -> None:
    assert warnings(**quiet) == []


@pytest.mark.parametrize(
    ("loud", "text"),
    [
        ({"foreign_cpu_s": 0.5}, "other programs used up to 50% of the cores"),
        ({"foreign_cpu_s": 0.5, "threads": 2, "cpu_time_s": 1.5}, "used up to 30% of the cores"),
        ({"cpu_time_s": 3.0}, "used 3.0 cores where 1 were asked for (--threads)"),
        ({"waiting_s": 0.3, "cpu_time_s": 0.6}, "used up to 30% of the cores"),
        ({"conditions": Conditions(throttle_events=2)}, "slowed down for heat"),
        ({"conditions": Conditions(gpu_throttle_reasons=["power cap"])}, "held down (power cap)"),
        ({"compilations_in_steady_state": 2}, "compiled 2 programs during the timed runs"),
    ],
)
def test_a_doubtful_case_is_told(loud: dict[str, Any], text: str) -> None:
    (warning,) = warnings(**loud)
    assert text in warning


@pytest.mark.parametrize(
    ("kind", "settled", "text"),
    [
        ("drift", False, "never settled (drift: 30% slower at the end)"),
        ("quantised", False, "fewer --threads"),
        ("warm-up", True, "still warming up: 30% slower at the end; give at least 5 --warmup-runs"),
    ],
)
def test_a_case_that_has_not_settled_is_told_what_to_do(
    kind: Any, settled: bool, text: str
) -> None:
    detail = "30% slower at the end"
    state = SteadyState(kind=kind, steady_from=4, detail=detail, settled=settled)
    (warning,) = warnings(steady_state=state)
    assert text in warning


@pytest.mark.parametrize("kind", ["flat", "cyclic"])
def test_a_settled_case_is_not_warned_about(kind: Any) -> None:
    assert warnings(steady_state=SteadyState(kind=kind, settled=True)) == []


# -- until it is known well enough ------------------------------------------------------------


def test_an_open_series_goes_on_until_it_is_enough() -> None:
    clock = Clock()
    asked: list[int] = []

    def enough(times_s: list[float]) -> bool:
        asked.append(len(times_s))
        return len(times_s) >= 5

    samples = take_samples(clock.work("call", 1.0), None, 3, 1, enough=enough, clock=clock)
    assert len(samples.times_s) == 5
    assert asked == [3, 4, 5]
