"""How fast the core was while a case was measured, by a fixed loop run between its runs.

A neighbour on the same physical core, in another virtual machine as well, slows a process down by
a half without a trace in its CPU time, its context switches or the spread of its samples. A loop
whose work is known shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 3000
"""About 0.1 ms of the interpreter: arithmetic on small integers, in the first level of cache."""

RECOVERY = 60
"""Passes in which the clock is back up after wide vector instructions, and in which a thread that
spins is seen: 12 ms. The clock takes 0.67 ms on Intel's AVX-512 servers, where a pass is 1.16 or
1.32 times its 0.19 ms till then; other threads' CPU time is counted in ticks of 10 ms at most.
Passes, not seconds, since a suite may have stopped the clock."""

RECOVERIES = 20
"""OpenMP runtimes keep threads awake after a call: GNU's for milliseconds, LLVM's for 0.2 s."""

AWAKE_S = 1e-3
"""CPU time of the process's other threads during a recovery, from which on one of them spins."""


def probe_s() -> float:
    """Return the seconds that one pass of the loop takes now."""
    start = time.perf_counter()
    total = 0
    for i in range(ROUNDS):
        total += i * i
    return time.perf_counter() - start


def rest() -> None:
    """Return when the clock is back up and the process's other threads are asleep.

    After `RECOVERIES` at the latest: some threads never sleep.
    """
    for _ in range(RECOVERIES):
        before_s = other_threads_s()
        for _ in range(RECOVERY):
            probe_s()
        if other_threads_s() - before_s < AWAKE_S:
            break


def other_threads_s() -> float:
    """Return the CPU seconds that this process's other threads have taken so far."""
    return time.process_time() - time.thread_time()


def rested_probe_s() -> float:
    """Return the seconds of a pass when nothing of the case's own slows the core."""
    rest()
    return min(probe_s() for _ in range(3))


PATIENCE_S = 5.0
"""A neighbour that comes and goes is quiet within seconds, one that works is not in minutes."""

PASSES = 20
"""Of which the median is looked at: some milliseconds, as a timed run takes or less."""


def wait_for_pace(pace_s: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Return when the core does a pass in `pace_s`, but after `PATIENCE_S` at the latest."""
    end = clock() + PATIENCE_S
    while clock() < end:
        rest()
        if sorted(probe_s() for _ in range(PASSES))[PASSES // 2] <= pace_s:
            break
