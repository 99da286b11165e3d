"""The loop that tells how fast the core is, on a clock that a test sets."""

from __future__ import annotations

import hashlib
import threading

import pytest

from bench_harness.measure import pace
from bench_harness.stats.pace import at_rest

LOWERED_S, FULL_S = 2.5e-4, 1.9e-4
LOWERED_FOR_S = 0.95e-3


def test_a_pass_at_rest_is_taken_when_the_clock_is_back_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def probe_s() -> float:
        nonlocal now
        taken = LOWERED_S if now < LOWERED_FOR_S else FULL_S
        now += taken
        return taken

    monkeypatch.setattr(pace, "probe_s", probe_s)
    assert pace.probe_s() == LOWERED_S
    assert pace.rested_probe_s() == FULL_S


class Core:
    """A core that is slowed until some time, and whose clock only its own passes move."""

    def __init__(self, slowed_until_s: float) -> None:
        self.now, self.slowed_until_s = 0.0, slowed_until_s

    def probe_s(self) -> float:
        taken = 4e-4 if self.now < self.slowed_until_s else 2e-4
        self.now += taken
        return taken


def test_a_core_is_at_rest_when_the_other_threads_sleep() -> None:
    words = ("sha256", b"a thread", b"that spins, without the interpreter's lock", 100_000)
    spinner = threading.Thread(target=hashlib.pbkdf2_hmac, args=words)
    spinner.start()
    assert spinner.is_alive()
    pace.rest()
    assert not spinner.is_alive()


def test_a_thread_that_never_sleeps_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core(slowed_until_s=0.0)
    monkeypatch.setattr(pace, "probe_s", core.probe_s)
    monkeypatch.setattr(pace, "other_threads_s", lambda: core.now)
    pace.rest()
    assert 0.2 < core.now < 0.3


def test_what_a_case_does_to_its_own_core_is_told_from_a_neighbour_who_comes_or_goes() -> None:
    assert at_rest(1.4e-4, 1.3e-4, 1e-4) == pytest.approx(1.4e-4 / 1.3)
    assert at_rest(1.1e-4, 1e-4, 1.9e-4) == 1.1e-4, "he was there at rest alone"
    assert at_rest(2.1e-4, 2e-4, 1e-4) == pytest.approx(2.1e-4 / 1.4), "in the runs alone"
    assert at_rest(1.6e-4, None, 1e-4) == 1.6e-4


@pytest.mark.parametrize(
    ("slowed_until_s", "least_s", "most_s"), [(0.0, 0.0, 0.02), (1.5, 1.5, 1.53), (60.0, 5.0, 5.04)]
)
def test_a_worker_waits_for_a_quiet_core_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, slowed_until_s: float, least_s: float, most_s: float
) -> None:
    core = Core(slowed_until_s)
    monkeypatch.setattr(pace, "probe_s", core.probe_s)
    pace.wait_for_pace(2.5e-4, clock=lambda: core.now)
    assert least_s <= core.now <= most_s
