"""The loop that tells how fast the core is, on a clock that a test sets."""

from __future__ import annotations

import pytest

from bench_harness.measure import pace

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


@pytest.mark.parametrize(
    ("slowed_until_s", "least_s", "most_s"), [(0.0, 0.0, 0.01), (1.5, 1.5, 1.53), (60.0, 5.0, 5.02)]
)
def test_a_worker_waits_for_a_quiet_core_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, slowed_until_s: float, least_s: float, most_s: float
) -> None:
    core = Core(slowed_until_s)
    monkeypatch.setattr(pace, "probe_s", core.probe_s)
    pace.wait_for_pace(2.5e-4, clock=lambda: core.now)
    assert least_s <= core.now <= most_s
