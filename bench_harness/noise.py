"""How still is this machine, and how small a change can it show?"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_harness.errors import HarnessError
from bench_harness.measure.workers import THREAD_VARIABLES, cores
from bench_harness.process import Launcher
from bench_harness.stats.bootstrap import ratio_of_medians

STILLNESS = "bench_harness.measure.stillness"
PROCESSES = 10
MIN_SLICE_S = 0.3
TIMEOUT_S = 60.0
BUSY = 0.02
"""Share of a core that others may take on a machine called quiet."""


@dataclass(frozen=True)
class KernelNoise:
    """One kernel: how far its runs and its processes are apart, as shares of the median."""

    name: str
    median_s: float
    within: float
    """Median absolute deviation of runs from their process's median."""
    between: float
    """Standard deviation of the processes' medians."""
    visible: float
    """Smallest slow-down seen with four chances in five, by as many processes on each side."""


@dataclass(frozen=True)
class Noise:
    """What was seen of the machine; `conditions` as of the last process."""

    processes: int
    kernels: list[KernelNoise]
    foreign: float
    """Share of the core that others took."""
    waiting: float
    """Share of the time for which the process was ready and had no core."""
    switches_per_s: float
    conditions: Mapping[str, Any]

    @property
    def quiet(self) -> bool:
        """True if nobody took more of the core than a quiet machine's own housekeeping."""
        return max(self.foreign, self.waiting) <= BUSY


def measure_noise(launcher: Launcher, seconds: float) -> Noise:
    """Start processes one after the other for about so many seconds.

    Raises
    ------
    HarnessError
        If one of them fails.
    """
    request = {"seconds": max(MIN_SLICE_S, seconds / PROCESSES - 0.2), "cpus": cores(1)}
    replies = []
    for _ in range(PROCESSES):
        env = dict.fromkeys(THREAD_VARIABLES, "1")
        outcome = launcher.call(STILLNESS, request, env=env, timeout_s=TIMEOUT_S + seconds)
        if outcome.reply is None:
            last = outcome.stderr_tail.splitlines()[-1:] or ["nothing on stderr"]
            raise HarnessError(f"The noise could not be measured: {last[0]}. Try again.")
        replies.append(outcome.reply)
    return summarise_noise(replies)


def summarise_noise(replies: Sequence[Mapping[str, Any]]) -> Noise:
    """Return what the processes' replies say together."""
    wall = sum(reply["wall_s"] for reply in replies)
    return Noise(
        processes=len(replies),
        kernels=[
            _kernel(name, [reply["times_s"][name] for reply in replies])
            for name in replies[0]["times_s"]
        ],
        foreign=sum(reply["foreign_s"] for reply in replies) / wall,
        waiting=sum(reply["waiting_s"] for reply in replies) / wall,
        switches_per_s=sum(reply["switches"] for reply in replies) / wall,
        conditions=replies[-1]["conditions"],
    )


def _kernel(name: str, samples: Sequence[Sequence[float]]) -> KernelNoise:
    medians = [statistics.median(times) for times in samples]
    deviations = [
        statistics.median(abs(time - median) for time in times) / median
        for times, median in zip(samples, medians, strict=True)
    ]
    overall = statistics.median(medians)
    return KernelNoise(
        name=name,
        median_s=overall,
        within=statistics.median(deviations),
        between=statistics.stdev(medians) / overall,
        # The same code on both sides: what a comparison would have missed is what hides here.
        visible=ratio_of_medians(samples, samples).smallest_effect() or 0.0,
    )
