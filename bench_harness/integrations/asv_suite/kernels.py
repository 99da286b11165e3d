"""Kernels by preset and backend: measured once by the harness, and timed once more by asv.

``setup_cache`` runs ``bench-harness run`` on the whole selection. The ``track_`` benchmarks read
what it found. ``time_steady`` and ``peakmem_steady`` are asv's own, each case in a process of its
own. A case that was not run is skipped; one that is wrong or broken has failed, and no time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench_harness.discovery import discover, load_kernel

SAMPLE_S = 1e-3
"""How long a sample lasts at least, so that the clock does not matter."""
BUDGET_S = "5"
"""What the runs of one case may take in ``setup_cache``."""

Known = dict[str, dict[str, Any]]


def names(variable: str, default: str) -> list[str]:
    """Return the comma-separated names in an environment variable."""
    text = os.environ.get(f"BENCH_HARNESS_ASV_{variable}") or default
    return [name.strip() for name in text.split(",") if name.strip()]


def headline() -> str:
    """Return the kernels that speak for their suites."""
    folders = discover(SUITES).values()
    return ",".join(folder.id for folder in folders if load_kernel(folder).headline)


SUITES = [Path(name) for name in names("SUITES", "")]
KERNELS = names("KERNELS", headline())
PRESETS = names("PRESETS", "default")
BACKENDS = names("BACKENDS", "numpy,numba,torch,jax")
THREADS = int(os.environ["OMP_NUM_THREADS"])


def setup_cache() -> Known:
    """Run the selection, once for each commit and environment; returns the cases by name."""
    here = discover(SUITES)
    selectors = [
        f"{kernel}/{preset}"
        for kernel in KERNELS
        for preset in PRESETS
        if kernel in here and preset in load_kernel(here[kernel]).presets
    ]  # an older commit may lack some
    record = Path("record.json").resolve()
    command = [sys.executable, "-P", "-m", "bench_harness", "run", *selectors, "--quiet"]
    command += ["--backends", ",".join(BACKENDS), "--devices", "cpu", "--threads", str(THREADS)]
    command += ["--time-budget", BUDGET_S, "--output", str(record), "--wait"]
    for suites in SUITES:
        command += ["--suites", str(suites)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not record.exists():
        raise RuntimeError(f"bench-harness run ended with {done.returncode}:\n{done.stderr}")
    return {name_of(result["case"]): result for result in json.loads(record.read_text())["results"]}


setup_cache.timeout = 3600  # type: ignore[attr-defined]


def name_of(case: dict[str, Any]) -> str:
    """Return what the parameters of a benchmark make of a case."""
    label = f"{case['backend']}.{case['variant']}" if case["variant"] else case["backend"]
    return f"{case['suite']}/{case['kernel']}/{case['preset']}/{label}"


def verified(known: Known, kernel: str, preset: str, backend: str) -> dict[str, Any]:
    """Return a case's result; skips where it was not run, fails where it is not right."""
    from asv_runner.benchmarks.mark import SkipNotImplemented

    result = known.get(f"{kernel}/{preset}/{backend}")
    if result is None:
        raise SkipNotImplemented(f"no {kernel}/{preset} on {backend}")
    if result["status"] in ("unavailable", "unsupported", "skipped"):
        raise SkipNotImplemented(result["reason"])
    if result["status"] != "ok":
        raise RuntimeError(f"{result['status']}: {result['reason']}")
    return result


class _Kernels:
    params = (KERNELS, PRESETS, BACKENDS)
    param_names = ("kernel", "preset", "backend")
    version = "1"
    timeout = 600.0  # a cold compilation takes tens of seconds, on a slow machine minutes


class Measured(_Kernels):
    """What the harness measured and verified."""

    def track_first_call(self, known: Known, kernel: str, preset: str, backend: str) -> float:
        """Load of the implementation and first call, compilation included."""
        result = verified(known, kernel, preset, backend)
        seconds: float = result["measurements"][0]["first_call_s"]
        return seconds

    track_first_call.unit = "seconds"  # type: ignore[attr-defined]

    def track_max_error(self, known: Known, kernel: str, preset: str, backend: str) -> float:
        """Largest relative error of an output against the NumPy reference."""
        outputs = verified(known, kernel, preset, backend)["verification"]["outputs"]
        errors = [output["max_rel_err"] for output in outputs]
        return max((error for error in errors if error is not None), default=float("nan"))

    track_max_error.unit = "relative error"  # type: ignore[attr-defined]

    def track_peak_memory(self, known: Known, kernel: str, preset: str, backend: str) -> float:
        """Peak resident memory above what the framework and the inputs take."""
        result = verified(known, kernel, preset, backend)
        peak = result["measurements"][0]["peak_rss_bytes"]
        return float("nan") if peak is None else float(peak)

    track_peak_memory.unit = "bytes"  # type: ignore[attr-defined]


class Steady(_Kernels):
    """What asv measures, in a process that holds one backend."""

    number = 1
    rounds = 1  # each further one imports and compiles again
    repeat = (3, 10, 20.0)

    def setup(self, known: Known, kernel: str, preset: str, backend: str) -> None:
        """Compile, on asv's first call; restore overwritten inputs, on every call.

        asv calls this before each sample, and therefore takes one call for a sample. A sample is
        made of as many calls as the clock needs by a timer that counts their share.
        """
        result = verified(known, kernel, preset, backend)
        if not hasattr(self, "bound"):
            from bench_harness.lock import one_at_a_time
            from bench_harness.measure.inprocess import bind

            # Until this process ends: asv tells nobody when a benchmark is over.
            self.alone = one_at_a_time(["asv", f"{kernel}/{preset}/{backend}"], True, print)
            self.alone.__enter__()
            cache = Path("compiled").resolve()  # in asv's folder for this process
            self.bound = bind(result["case"], SUITES, threads=THREADS, cache_dir=cache)
            self.calls = self.bound.calls_for(SAMPLE_S)
        if self.bound.restore is not None:
            self.bound.restore()

    def timer(self) -> float:
        """Return the time, in seconds per call where a sample has several."""
        return time.perf_counter() / self.calls

    def time_steady(self, known: Known, kernel: str, preset: str, backend: str) -> None:
        """One call, synchronised, after the first."""
        self.bound.run(self.calls)

    def peakmem_steady(self, known: Known, kernel: str, preset: str, backend: str) -> None:
        """Peak resident memory of the process, its imports included."""
        self.bound.run(1)
