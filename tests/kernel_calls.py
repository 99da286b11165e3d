"""What a call through `bench_harness.kernels` costs above the implementation itself.

``python -m tests.kernel_calls`` measures it on every usable backend, one process for each, and
writes ``reports/kernel-calls.md``. Both are called with the backend's own arrays, in turns of a
few hundred calls, so that a slow moment of the machine falls on both.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness import available_backends, create_backend, kernels, set_backend
from bench_harness.functions import definition, parameters, suite_function
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Table

REPORT = Path(__file__).parents[1] / "reports/kernel-calls.md"
BACKENDS = ("numpy", "numba", "torch", "jax")
"""Those whose own calls are short enough to show a microsecond."""
KERNELS = ("md/center_of_mass", "linalg/add")
TURNS, CALLS = 300, 300

HEAD = """# Calls through bench_harness.kernels

What `K.center_of_mass(...)` costs above the implementation it calls, on the smallest preset and
the backend's own arrays: medians over {turns} pairs of turns of {calls} calls each, and the
fastest turns.
`python -m tests.kernel_calls` writes this page.

"""


def seconds(function: Callable[..., Any], args: list[Any], wait: Callable[[Any], Any]) -> float:
    """Return the seconds of one call, over a turn; the last result is waited for."""
    start = time.perf_counter()
    for _ in range(CALLS):
        result = function(*args)
    wait(result)
    return (time.perf_counter() - start) / CALLS


def measure(backend: str) -> list[dict[str, Any]]:
    """Return the times of both ways of every kernel on a backend, in microseconds."""
    set_backend(backend)
    arrays = create_backend(backend)
    found = []
    for kernel_id in KERNELS:
        _, sample = definition(kernel_id)
        given = [sample[name] for name in parameters(kernel_id)]
        args = [arrays.from_numpy(x) if isinstance(x, np.ndarray) else x for x in given]
        suite, _, name = kernel_id.partition("/")
        through = getattr(getattr(kernels, suite), name)
        implementation = suite_function(kernel_id, backend, "", "cpu")
        direct = implementation.function
        wait = implementation.backend.synchronizer() or (lambda _: None)
        both = (direct, through)
        pairs = []
        for turn in range(TURNS + 5):
            order = (0, 1) if turn % 2 else (1, 0)
            taken = {which: seconds(both[which], args, wait) * 1e6 for which in order}
            pairs.append((taken[0], taken[1]))
        del pairs[:5]  # compiling, and filling caches
        fastest = [min(times) for times in zip(*pairs, strict=True)]
        found.append(
            {
                "kernel": kernel_id,
                "direct": statistics.median(pair[0] for pair in pairs),
                "more": statistics.median(b - a for a, b in pairs),
                "fastest": fastest[1] - fastest[0],
            }
        )
    return found


def main() -> None:
    """Measure one backend and print it, or all and write the report."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
        return
    rows = []
    for backend in BACKENDS:
        if backend not in available_backends():
            continue
        command = [sys.executable, "-m", "tests.kernel_calls", backend]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for found in json.loads(done.stdout.splitlines()[-1]):
            cells = [found["kernel"], backend]
            rows.append(cells + [f"{found[key]:.2f}" for key in ("direct", "more", "fastest")])
    columns = ["Direct [µs]", "More, median [µs]", "More, fastest turns [µs]"]
    table = Table(
        title="One call",
        columns=[("Kernel", "left"), ("Backend", "left"), *((name, "right") for name in columns)],
        rows=rows,
        notes=[],
    )
    head = HEAD.format(turns=TURNS, calls=CALLS)
    REPORT.write_text(head + render_table(table, "##"))


if __name__ == "__main__":
    main()
