"""``python -m tests.overhead``: what the harness itself costs, into ``reports/overhead.md``.

Times the same calls with timeit, pyperf and bench-harness in one run; takes the fixed cost of a
case apart; measures the parent's memory, and how long a record of 10,000 cases takes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path
from typing import Any

import psutil

from bench_harness import store, units
from bench_harness.report.markdown import render_report, render_table
from bench_harness.report.table import Align, Table
from tests.factories import make_case, make_measurement, make_record, make_result

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "reports/overhead.md"
COMMAND = [sys.executable, "-m", "bench_harness"]
CASES = 10_000
REPEATS, ROUNDS = 8, 7

OWN = ("import", "init", "inputs", "first_call", "steady")
"""Parts of a worker's life that belong to the backend and the kernel."""

KERNELS = {
    "tiny": ("sum(x)", "(0,) * n", 200),
    "small": ("np.sqrt(x)", "np.full(n, 2.0)", 10_000),
    "large": ("np.sort(x)", "np.arange(n)[::-1].copy()", 200_000),
}
"""Name -> what is called, how its input is made, and of what size."""


def main() -> None:
    """Measure everything and write the report."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        tables = [against_others(work), fixed_cost(work), memory_and_records(work)]
    command = "    python -m tests.overhead"
    head = f"# What the harness costs\n\nOn two shared cores, one thread, by\n\n{command}\n\n"
    REPORT.write_text(head + "\n".join(render_table(table, "##") for table in tables))
    print(REPORT.read_text())


# -- the same calls, three ways ---------------------------------------------------------------


def against_others(work: Path) -> Table:
    """Return readings of timeit, pyperf and bench-harness of the same calls."""
    suites = write_suites(work / "suites")
    ours = bench_harness(work, suites, "--processes", "3")
    rows = []
    for name, (expression, maker, size) in KERNELS.items():
        setup = (
            f"import numpy as np\nn = {size}\nx = {maker}\ndef call(x):\n    return {expression}"
        )
        timer = timeit.Timer("call(x)", setup)
        number = max(1, round(timer.autorange()[0] / 100))
        by_timeit = statistics.median(timer.repeat(40, number)) / number
        by_pyperf = pyperf("call(x)", setup)
        medians = [statistics.median(m["times_s"]) for m in ours[name]["measurements"]]
        mine = statistics.median(medians)
        raw = mine + statistics.median(m["timer"]["loop_s"] for m in ours[name]["measurements"])
        rows.append(
            [
                f"`{expression}`",
                *(units.seconds(value) for value in (by_timeit, by_pyperf, mine)),
                f"{mine / by_timeit - 1:+.1%}",
                f"{mine / by_pyperf - 1:+.1%}",
                f"{(raw - mine) * 1e9:.0f} ns",
            ]
        )
    columns: list[tuple[str, Align]] = [
        ("Call", "left"),
        *((name, "right") for name in ("timeit", "pyperf", "bench-harness")),
        ("over timeit", "right"),
        ("over pyperf", "right"),
        ("Taken off per call", "right"),
    ]
    notes = [
        "Medians: 40 repeats of timeit in one process, `pyperf timeit --fast`, 3 processes of 20 "
        "runs of bench-harness. The other two keep the loop's 5 ns and the look-up of names."
    ]
    return Table("The same calls, timed three ways", columns, rows, notes)


def write_suites(root: Path) -> Path:
    """Write a suite whose kernels are the calls, nothing more."""
    for name, (expression, maker, size) in KERNELS.items():
        folder = root / "cost" / name
        folder.mkdir(parents=True)
        (folder / "kernel.py").write_text(
            "import numpy as np\nfrom bench_harness import Kernel\n\n"
            f"def make_inputs(rng, dtype, *, n):\n    return {{'x': {maker}}}\n\n"
            f"KERNEL = Kernel(title='{name}', make_inputs=make_inputs, outputs=('y',),\n"
            f"    presets={{'smoke': {{'n': {size}}}, 'default': {{'n': {size}}}}})\n"
        )
        (folder / f"{name}_numpy.py").write_text(
            f"import numpy as np\n\ndef {name}(x):\n    return {expression}\n"
        )
    return root


def bench_harness(work: Path, suites: Path, *words: str) -> dict[str, Any]:
    """Run all kernels of a folder; returns the results by kernel."""
    output = work / "run.json"
    command = [*COMMAND, "run", "--suites", str(suites), "--backends", "numpy", "--threads", "1"]
    command += [*words, "--output", str(output), "--overwrite", "--quiet", "--wait"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    assert output.exists(), done.stderr
    results = json.loads(output.read_text())["results"]
    assert all(result["measurements"] for result in results), [r["reason"] for r in results]
    return {result["case"]["kernel"]: result for result in results}


def pyperf(statement: str, setup: str) -> float:
    command = [sys.executable, "-m", "pyperf", "timeit", "--fast", "-q", "-s", setup, statement]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.json"
        subprocess.run([*command, "-o", str(file)], check=True, capture_output=True)
        import pyperf as module

        return float(module.BenchmarkSuite.load(str(file)).get_benchmarks()[0].median())


# -- what a case costs beside its kernel ------------------------------------------------------


def fixed_cost(work: Path) -> Table:
    """Return where the time of a case goes that is neither its backend nor its kernel."""
    rows, reference_s = [], 0.0
    for backend in ("numpy", "python"):
        differences, results = [], []
        for _ in range(ROUNDS):
            few, _ = cases(work, backend, 1)
            many, found = cases(work, backend, 1 + REPEATS)
            differences.append((many - few) / REPEATS)
            results += [result for result in found if result.case.backend == backend]
        each = statistics.median(differences) - reference_s
        if backend == "numpy":
            reference_s = each  # the others need it beside them, to be judged
        phases = [result.measurements[0].phases_s for result in results]
        part = {name: statistics.median(p.get(name, 0.0) for p in phases) for name in phases[0]}
        own = sum(part.get(name, 0.0) for name in OWN)
        worker = sum(part.values())
        values = (each, part["import"], own - part["import"], part["interpreter"])
        rest = (worker - own - part["interpreter"], each - worker, each - own)
        rows.append([f"`{backend}`", *(f"{1e3 * value:.0f}" for value in (*values, *rest))])
    columns: list[tuple[str, Align]] = [("Backend", "left")]
    columns += [
        (name, "right")
        for name in (
            "A case [ms]",
            "Its import",
            "Its inputs and calls",
            "Interpreter",
            "Harness in the worker",
            "Verifier and parent",
            "Fixed cost",
        )
    ]
    notes = [
        f"A case more in a run: the difference of runs with {1 + REPEATS} cases and with one, each "
        f"measured and judged, over the difference in number, in the median of {ROUNDS}; for "
        "`python` less NumPy's, which is measured beside it. Fixed cost: all but the backend's "
        "import, the inputs and the calls. For `python`, the harness's own NumPy is in it."
    ]
    return Table("What a case costs beside its kernel", columns, rows, notes)


def cases(work: Path, backend: str, number: int) -> tuple[float, list[Any]]:
    """Return the seconds that a run of so many cases takes, with the reference, and its results."""
    output = work / "fixed.json"
    words = ["run", "sample/rms/smoke", "--suites", str(ROOT / "tests/data/suites")]
    words += ["--set", "n=" + ",".join(str(1000 + size) for size in range(number))]
    words += ["--backends", ",".join(dict.fromkeys(("numpy", backend))), "--threads", "1"]
    words += ["--warmup-runs", "0", "--timed-runs", "1", "--quiet", "--overwrite", "--wait"]
    start = time.perf_counter()
    subprocess.run([*COMMAND, *words, "--output", str(output)], check=True, capture_output=True)
    return time.perf_counter() - start, store.load(output).results


# -- the parent, and large records ------------------------------------------------------------


def memory_and_records(work: Path) -> Table:
    """Return the parent's peak of memory, and the CPU seconds that a large record takes."""
    rows = [["Peak memory of the parent of a run", units.size(parent_peak(work))]]
    path = work / "large.json"
    started = time.process_time()
    store.save(large_record(), path)
    rows.append(
        [
            f"Writing a record of {CASES} cases ({units.size(path.stat().st_size)})",
            units.seconds(time.process_time() - started),
        ]
    )
    started = time.process_time()
    record = store.load(path)
    loaded = time.process_time()
    render_report(record)
    rendered = time.process_time()
    rows.append([f"Loading a record of {CASES} cases", units.seconds(loaded - started)])
    rows.append(["Rendering its report", units.seconds(rendered - loaded)])
    rows.append(["Both", units.seconds(rendered - started)])
    return Table("Memory and large records", [("What (times: CPU)", "left"), ("", "right")], rows)


def parent_peak(work: Path) -> float:
    """Return the largest resident memory of the parent of a run, looked at every 5 ms."""
    command = [*COMMAND, "run", "sample/rms/smoke", "--suites", str(ROOT / "tests/data/suites")]
    command += ["--backends", "python,numpy,numba", "--quiet", "--wait"]
    command += ["--output", str(work / "peak.json")]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        while child.poll() is None:
            try:
                peak = max(peak, process.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.005)
    return peak


def large_record() -> Any:
    """Return a record of 2,500 kernels on four backends, 20 runs each."""
    backends = ("numpy", "numba", "torch", "jax")
    results = []
    for number in range(CASES // len(backends)):
        for place, backend in enumerate(backends):
            times = [1e-3 * (1 + place) * (1 + (run * 7919 % 13) / 1e3) for run in range(20)]
            case = make_case(backend, kernel=f"large/kernel_{number}")
            results.append(make_result(case=case, measurements=[make_measurement(times)]))
    return make_record(*results)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    main()
