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
