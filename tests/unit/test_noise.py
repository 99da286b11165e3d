"""How still a machine is, from what its processes say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from bench_harness.cli.doctor import render_noise
from bench_harness.errors import HarnessError
from bench_harness.noise import PROCESSES, measure_noise, summarise_noise
from bench_harness.process import Launcher, Outcome


def replies(between: float, foreign: float = 0.0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    return [
        {
            "times_s": {"pure Python": list(level * rng.normal(1, 0.01, size=40))},
            **{"wall_s": 2.0, "cpu_s": 2.0, "foreign_s": 2 * foreign, "waiting_s": 0.0},
            **{"switches": 10, "conditions": {"load_average": 0.5, "frequency_mhz": None}},
        }
        for level in rng.normal(1, between, size=10)
    ]


def test_what_is_visible_follows_from_the_spread_between_processes() -> None:
    still, restless = (summarise_noise(replies(b)).kernels[0] for b in (0.005, 0.05))
    assert still.within == pytest.approx(0.0067, rel=0.2)
    assert still.between == pytest.approx(0.005, rel=0.6)
    # (t of 95 % + t of 80 %, 18 degrees of freedom) * sqrt(2 / 10) * spread of a median
    assert restless.visible == pytest.approx(2.96 * np.sqrt(0.2) * 0.05 * 1.2, rel=0.6)
    assert still.visible < restless.visible / 4


def test_a_busy_machine_is_called_busy() -> None:
    quiet, busy = summarise_noise(replies(0.01)), summarise_noise(replies(0.01, foreign=0.3))
    assert (quiet.quiet, busy.quiet) == (True, False)
    assert "The machine is quiet." in render_noise(quiet)
    text = render_noise(busy)
    assert "The machine is busy: close other programs" in text
    assert "Others took 30.0% of the core" in text
    assert "interrupted 5 times a second" in text
    assert "At the end: load 0.50." in text


class Answers(Launcher):
    def __init__(self, reply: Mapping[str, Any] | None) -> None:
        super().__init__()
        self.reply, self.requests = reply, list[dict[str, Any]]()

    def call(self, module: str, request: Mapping[str, Any], **_: Any) -> Outcome:
        self.requests.append(dict(request))
        return Outcome(None if self.reply is None else dict(self.reply), 1, "MemoryError: no")


def test_processes_share_the_time_and_one_core() -> None:
    launcher = Answers(replies(0.01)[0])
    assert measure_noise(launcher, 30.0).processes == PROCESSES
    assert len(launcher.requests) == PROCESSES
    assert all(len(r["cpus"]) == 1 and 2 < r["seconds"] < 3 for r in launcher.requests)


def test_a_process_that_fails_is_an_error() -> None:
    with pytest.raises(HarnessError, match="MemoryError"):
        measure_noise(Answers(None), 1.0)
