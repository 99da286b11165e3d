"""What this machine can do at most: ``python -m bench_harness.measure.ceilings``.

The highest rates measured here; a kernel that claims more has a wrong count, or is not timed.
"""

from __future__ import annotations

import time

import numpy as np

from bench_harness.child import read_request, write_reply
from bench_harness.measure import proc, timing

ROUNDS = 7
GEMM_SIZES = (256, 1000)
SUM_BYTES = (1 << 14, 1 << 18, 1 << 22)
"""Working sets in the first, second and last level of cache."""


def main() -> None:
    """Answer with the ceilings of the cores the process is pinned to."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    write_reply(folder, measure(len(request["cpus"])))


def measure(cores: int) -> dict[str, float]:
    """Return the peak rates of float64 work.

    Returns
    -------
    dict
        ``flops_per_s`` of a matrix product, ``bytes_per_s`` read by a dot product out of the
        fastest cache, times the number of cores.
    """
    rng = np.random.default_rng(0)
    flops = 0.0
    for n in GEMM_SIZES:
        a, b, c = (rng.standard_normal((n, n)) for _ in range(3))
        flops = max(flops, 2 * n**3 / _fastest(lambda a=a, b=b, c=c: np.matmul(a, b, out=c)))
    moved = 0.0
    for size in SUM_BYTES:
        x = rng.standard_normal(size // 8)
        repeats = max(1, (1 << 22) // size)

        def read(x: np.ndarray = x, repeats: int = repeats) -> None:
            for _ in range(repeats):
                np.dot(x, x)

        moved = max(moved, cores * size * repeats / _fastest(read))
    return {"flops_per_s": flops, "bytes_per_s": moved}


def _fastest(call: object) -> float:
    assert callable(call)
    call()
    return min(timing.time_once(call, None, 1, time.perf_counter)[0] for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
