"""A busy neighbour, a warm cache, a process that eats memory: with real workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench_harness import allocator, store
from bench_harness.discovery import discover
from bench_harness.measure.noise import contention
from bench_harness.measure.pace import PATIENCE_S
from bench_harness.measure.runner import WORKER
from bench_harness.measure.workers import Workers
from bench_harness.model import CaseResult, RunConfig
from bench_harness.plan import Request, make_plan
from tests.cli.command import DATA, MISBEHAVING, QUICK, SUITES, call
from tests.unit.test_allocator import needs_glibc, needs_small_pages

NEIGHBOURS = DATA / "neighbours"
PAGES = {
    "kernel.py": """
from bench_harness import ErrorBudget, Kernel

def make_inputs(rng, dtype):
    blocks = [b"x" * (3 << 20) for _ in range(100)]
    return {"x": rng.random(100)}

KERNEL = Kernel(
    title="Memory taken and freed",
    make_inputs=make_inputs,
    presets={"smoke": {}, "default": {}},
    outputs=("y",),
    budget=ErrorBudget(reason="a copy"),
    dtypes=("float64",),
)
""",
    "pages_numpy.py": """
import resource

taken = []

def pages(x):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [b"x" * (3 << 20) for _ in range(4)]
    del blocks
    taken.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    if len(taken) > 3 and taken[-1] > 100:
        raise RuntimeError("memory that was there is taken anew")
    return x.copy()
""",
}
SHARING = {
    "kernel.py": """
from bench_harness import ErrorBudget, Kernel

def make_inputs(rng, dtype):
    return {"x": rng.random(100)}

KERNEL = Kernel(
    title="Code in a file of its own",
    make_inputs=make_inputs,
    presets={"smoke": {}, "default": {}},
    outputs=("y",),
    budget=ErrorBudget(reason="one product"),
    dtypes=("float64",),
)
""",
    "scaled_numpy.py": "def scaled(x):\n    return 2 * x\n",
    "scaled_numba.py": """
from numba import njit

from ..common import factor

@njit(cache=True)
def scaled(x):
    return factor() * x
""",
}
COMMON = """
from numba import njit

@njit(cache=True)
def factor():
    return {factor}
"""
PAIR = ["--warmup-runs", "3", "--timed-runs", "20", "--output", "run.json", "--overwrite"]


def measured(folder: Path, *words: object) -> list[CaseResult]:
    done = call("run", *words, cwd=folder)
    assert (folder / "run.json").exists(), done.stderr
    return store.load(folder / "run.json").results


@contextmanager
def busy_core(core: int) -> Iterator[None]:
    """Keep a core busy."""
    spinner = subprocess.Popen(["taskset", "-c", str(core), sys.executable, "-c", "while 1: pass"])
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_one_busy_core_beside_a_kernel_on_two_threads_is_flagged(tmp_path: Path) -> None:
    words = [
        "parallel/smooth",
        "--suites",
        NEIGHBOURS,
        "--backends",
        "numba",
        "--threads",
        2,
        *PAIR,
    ]
    with busy_core(max(os.sched_getaffinity(0))):
        (disturbed,) = measured(tmp_path, *words)
    assert disturbed.status == "ok"
    assert contention(disturbed.measurements[0], 2) > 0.1
    assert any(text.startswith("contended: ") for text in disturbed.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numba", "jax"])
def test_a_warm_compile_cache_is_warm(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(backend)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # nothing is there yet
    words = ["sample/rms/smoke", "--suites", SUITES, "--backends", backend, *QUICK]
    output = ["--output", "run.json", "--overwrite"]
    (cold,) = measured(tmp_path, *words, *output)
    (warm,) = measured(tmp_path, *words, *output, "--jit-cache", "warm")
    compiled = [r.measurements[0].first_call_stages_s.get("compile", 0.0) for r in (cold, warm)]
    hits = [r.measurements[0].compile_cache_hits for r in (cold, warm)]
    if backend == "numba":
        assert compiled[0] > 0
        assert compiled[1] == 0  # loaded, nothing compiled
    else:
        assert hits[0] == 0
        assert hits[1] is not None
        assert hits[1] > 0


@pytest.mark.slow
def test_a_warm_cache_holds_nothing_of_a_file_that_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "suites" / "sharing" / "scaled"
    folder.mkdir(parents=True)
    for name, text in SHARING.items():
        (folder / name).write_text(text)
    common = folder.parent / "common.py"
    words = ["sharing/scaled/smoke/numba", "--suites", "suites", "--jit-cache", "warm", *QUICK]
    statuses = []
    for factor in (2, 3, 2):
        common.write_text(COMMON.format(factor=factor))
        (found,) = measured(tmp_path, *words, "--output", "run.json", "--overwrite")
        statuses.append(found.status)
    assert statuses == ["ok", "wrong", "ok"]


@needs_glibc
@needs_small_pages
@pytest.mark.parametrize(("variables", "status"), [({}, "ok"), ({"GLIBC_TUNABLES": ""}, "failed")])
def test_workers_keep_what_calls_free_unless_the_user_chose_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], status: str
) -> None:
    for name in allocator.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    folder = tmp_path / "memory" / "pages"
    folder.mkdir(parents=True)
    for name, text in PAGES.items():
        (folder / name).write_text(text)
    words = ["memory/pages/smoke/numpy", "--suites", tmp_path, *QUICK, "--output", "run.json"]
    (found,) = measured(tmp_path, *words)
    assert found.status == status, found.reason
    for measurement in found.measurements:  # 300 MiB were freed before the first call
        assert (measurement.baseline_rss_bytes or 0) < 200 << 20


def test_what_eats_memory_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    words = ["faults/pair/smoke/numpy.[ep]*", "--suites", MISBEHAVING, *QUICK]
    words += ["--memory-limit", "300M", "--output", "run.json"]
    found = {result.case.variant: result for result in measured(tmp_path, *words)}
    assert found["eats"].status == "out_of_memory"
    assert found["eats"].reason == "had more than 300.0 MiB resident (--memory-limit)"
    assert found["prints"].status == "ok"


@pytest.mark.parametrize(("pace_s", "waited_s"), [(None, 0.0), (1.0, 0.0), (0.0, PATIENCE_S)])
def test_a_repeated_worker_waits_for_a_quiet_core(
    tmp_path: Path, pace_s: float | None, waited_s: float
) -> None:
    request = Request(selectors=("sample/rms",), backends=("numpy",))
    (group,) = make_plan(discover([SUITES]), request, gpu_present=False)
    extra = {
        "outputs_path": str(tmp_path / "last.npz"),
        "earlier_path": str(tmp_path / "earlier.npz"),
        "outputs_only": False,
        "quiet_pace_s": pace_s,
    }
    config = RunConfig(threads=1, warmup_runs=2, timed_runs=3)
    reply = Workers(config).call(WORKER, group.cases[0], extra).reply
    assert reply is not None
    assert waited_s <= reply["phases_s"]["warmup"] < waited_s + 1
    assert len(reply["measurement"]["warmup_times_s"]) == 2
