"""One case bound in the process that asks, for tools that time calls themselves.

The process must not have imported the case's framework, and should hold no other: two in one
process disturb each other's threads. A run of the harness gives each case a worker instead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from bench_harness.backends import Host, get_adapter
from bench_harness.discovery import discover
from bench_harness.environment import usable_cpus
from bench_harness.errors import ConfigurationError
from bench_harness.measure import proc, timing
from bench_harness.measure.life import Life
from bench_harness.measure.subject import prepare


@dataclass
class Bound:
    """A case that was called once already, so that whatever it compiles is compiled.

    Parameters
    ----------
    call : callable
        Takes no argument.
    wait : callable, optional
        Blocks until an output is computed.
    restore : callable, optional
        Puts the inputs that the kernel overwrites back; to be called before each run.
    """

    call: Callable[[], Any]
    wait: Callable[[Any], Any] | None
    restore: Callable[[], None] | None

    def run(self, calls: int) -> None:
        """Call so many times, waiting for each."""
        call, wait = self.call, self.wait
        for _ in repeat(None, calls):
            output = call()
            if wait is not None:
                wait(output)

    def calls_for(self, seconds: float) -> int:
        """Return how many calls last so long; 1 where inputs must be restored between calls."""
        if self.restore is not None:
            return 1
        once, _ = timing.time_once(self.call, self.wait, 1, time.perf_counter)
        return timing.calls_per_run(once, seconds)


def bind(
    case: dict[str, Any], suites: Iterable[Path], *, threads: int, cache_dir: Path, seed: int = 0
) -> Bound:
    """Start a case's backend in this process and call the case once.

    Parameters
    ----------
    case : dict
        As in a record: ``suite``, ``kernel``, ``params``, ``backend``, ``variant``, ``device``,
        ``dtype``.
    suites : iterable of Path
        Folders of suites; empty for the bundled ones.
    threads : int
        The process is pinned to that many cores, the last ones.
    cache_dir : Path
        Where compiled code goes.
    seed : int
        Seed of the inputs.
    """
    label = f"{case['backend']}.{case['variant']}" if case["variant"] else case["backend"]
    folder = discover(suites).get(f"{case['suite']}/{case['kernel']}")
    implementation = folder.implementation(label) if folder else None
    if folder is None or implementation is None:
        raise ConfigurationError(f"There is no {case['suite']}/{case['kernel']} on {label}.")
    host = Host(case["device"], threads, cache_dir)
    os.environ.update(get_adapter(case["backend"]).worker_env(host))
    proc.pin_to(usable_cpus()[-threads:])
    request = {
        "case": case,
        "threads": threads,
        "cache_dir": str(cache_dir),
        "kernel_path": str(folder.path),
        "implementation_path": str(implementation.path),
    }
    subject = prepare(request, Life(time.monotonic()), seed)
    restore = subject.restorer()
    if restore is not None:
        restore()
    subject.first_call()
    return Bound(subject.call, subject.wait, restore)
