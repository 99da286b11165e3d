"""How fast the core was while a case was measured, by a fixed loop run between its runs.

A neighbour on the same physical core, in another virtual machine as well, slows a process down by
a half without a trace in its CPU time, its context switches or the spread of its samples. A loop
whose work is known shows it.
"""

from __future__ import annotations

import time

ROUNDS = 3000
"""About 0.1 ms of the interpreter: arithmetic on small integers, in the first level of cache."""


def probe_s() -> float:
    """Return the seconds that one pass of the loop takes now."""
    start = time.perf_counter()
    total = 0
    for i in range(ROUNDS):
        total += i * i
    return time.perf_counter() - start
