"""What a call costs on a backend before it computes: ``python -m ...measure.call_overhead``."""

from __future__ import annotations

import functools
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.backends import Host, get_adapter
from bench_harness.child import read_request, write_reply
from bench_harness.measure import proc, timing

ROUNDS = 15
ROUND_S = 5e-3


def add(x: Any) -> Any:
    """Return one sum of arrays of one entry."""
    return x + x


def main() -> None:
    """Answer with the seconds of a call, or with the reason why there are none."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    try:
        reply: dict[str, Any] = {"call_s": measure(request)}
    except Exception as error:
        reply = {"reason": f"{type(error).__name__}: {error}"}
    write_reply(folder, reply)


def measure(request: dict[str, Any]) -> float:
    """Return the median seconds of the smallest operation, waited for as in a run."""
    backend = get_adapter(request["backend"])
    backend.load()
    backend.start(Host("cpu", request["threads"], Path(request["cache_dir"])))
    one = 1.5 if backend.name == "python" else backend.from_numpy(np.full(1, 1.5))
    call = functools.partial(backend.compile(backend.idiomatic(add), "", {"x": one}), one)
    wait = backend.synchronizer()
    for _ in range(3):  # compiles
        output = call()
        if wait is not None:
            wait(output)
    calls = timing.calls_per_run(timing.time_once(call, wait, 1, time.perf_counter)[0], ROUND_S)
    rounds = [timing.time_once(call, wait, calls, time.perf_counter)[0] for _ in range(ROUNDS)]
    return statistics.median(rounds)


if __name__ == "__main__":
    main()
