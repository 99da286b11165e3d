"""What this machine can do at most: ``python -m bench_harness.measure.ceilings``.

The highest rates measured here; a kernel that claims more has a wrong count, or is not timed.
Before every run the little that an audit needs; under ``thorough``, what `calibrate` keeps.
"""

from __future__ import annotations

import functools
import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from bench_harness.child import read_request, write_reply
from bench_harness.measure import proc, timing

ROUNDS = 7
GEMM_SIZES = (256, 1000)
LARGE_GEMM_SIZES = (256, 512, 1000, 2000)
SUM_BYTES = (1 << 14, 1 << 18, 1 << 22)
"""Working sets in the first, second and last level of cache."""
WORKING_SETS = tuple(1 << power for power in range(14, 31, 2))
"""From 16 KiB to 1 GiB."""
PRIVATE_BYTES = 1 << 19
"""Up to here a call of NumPy is so short that threads would wait for the interpreter."""
PASS_BYTES = 1 << 24
"""Bytes that a timed pass moves at least, so that calls do not count."""
CHAIN = 4096


def main() -> None:
    """Answer with the ceilings of the cores the process is pinned to."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    cores = len(request["cpus"])
    write_reply(folder, calibrate(cores) if request.get("thorough") else measure(cores))


def measure(cores: int) -> dict[str, float]:
    """Return the peak rates of float64 work.

    Returns
    -------
    dict
        ``flops_per_s`` of a matrix product, ``bytes_per_s`` read by a dot product out of the
        fastest cache, times the number of cores.
    """
    moved = max(_reading(size, 1) for size in SUM_BYTES)
    return {"flops_per_s": _gemm("float64", GEMM_SIZES), "bytes_per_s": cores * moved}


def calibrate(cores: int) -> dict[str, Any]:
    """Return the fields of a `model.Calibration` that need no backend but NumPy."""
    from threadpoolctl import threadpool_limits

    flops = {dtype: _gemm(dtype, LARGE_GEMM_SIZES) for dtype in ("float64", "float32")}
    with threadpool_limits(1):  # the threads here are ours, each on data of its own
        bandwidth = [
            {"working_set_bytes": size, "bytes_per_s": _bandwidth(size, cores)}
            for size in WORKING_SETS
            if size <= _memory_bytes() // 8
        ]
    return {"flops_per_s": flops, "bandwidth": bandwidth, "latency_s": _latencies()}


def _gemm(dtype: str, sizes: tuple[int, ...]) -> float:
    rng = np.random.default_rng(0)
    rates = []
    for n in sizes:
        a, b, c = (rng.standard_normal((n, n)).astype(dtype) for _ in range(3))
        rates.append(2 * n**3 / _fastest(functools.partial(np.matmul, a, b, out=c)))
    return max(rates)


def _bandwidth(size: int, cores: int) -> float:
    """Return bytes per second read, or read and written, over a working set of all cores."""
    if cores > 1 and size // cores > PRIVATE_BYTES:
        return max(_reading(size // cores, cores), _writing(size // cores, cores))
    return cores * max(_reading(size // cores, 1), _writing(size // cores, 1))


def _reading(size: int, threads: int) -> float:
    def make() -> Callable[[], Any]:
        x = np.ones(size // 8)
        return lambda: np.dot(x, x)

    return _moved(make, size, threads)


def _writing(size: int, threads: int) -> float:
    def make() -> Callable[[], Any]:
        x, y = np.ones(size // 16), np.ones(size // 16)
        return lambda: np.multiply(x, 1.1, out=y)

    return _moved(make, size, threads)


def _moved(make: Callable[[], Callable[[], Any]], size: int, threads: int) -> float:
    """Return bytes per second that threads move together, each over `size` bytes of its own."""
    repeats = max(1, PASS_BYTES // size)
    start = threading.Barrier(threads)

    def work(call: Callable[[], Any]) -> tuple[float, float]:
        call()
        start.wait()
        began = time.perf_counter()
        for _ in range(repeats):
            call()
        return began, time.perf_counter()

    calls = [make() for _ in range(threads)]
    best = math.inf
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            spans = list(pool.map(work, calls))
            best = min(best, max(end for _, end in spans) - min(began for began, _ in spans))
    return threads * size * repeats / best


def _latencies() -> dict[str, float]:
    """Return seconds from one operation to the next where each needs the last one's result."""
    x = np.ones(CHAIN)
    out = np.empty_like(x)
    operations = {"add": np.add, "multiply": np.multiply, "divide": np.divide}
    return {
        name: _fastest(functools.partial(ufunc.accumulate, x, out=out), calls=50) / CHAIN
        for name, ufunc in operations.items()
    }


def _fastest(call: Callable[[], Any], calls: int = 1) -> float:
    call()
    return min(timing.time_once(call, None, calls, time.perf_counter)[0] for _ in range(ROUNDS))


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


if __name__ == "__main__":
    main()
