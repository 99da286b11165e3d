"""``run --check-determinism``: what changes with call, process and threads is told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_harness import environment
from bench_harness.cli import main
from bench_harness.model import Agreement
from bench_harness.store import load
from tests.cli.command import QUICK

KERNEL = """\
import numpy as np

from bench_harness import ErrorBudget, Kernel

KERNEL = Kernel(
    title="K",
    make_inputs=lambda rng, dtype, *, n: {"x": np.arange(1.0, n + 1)},
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    dtypes=("float64",),
    budget=ErrorBudget(rtol=1e-9, reason="so that all of these are right"),
)
"""
RIGHT = "def k(x):\n    return x.copy()\n"
CHANGED = "def k(x):\n    y = x.copy()\n    y[-1] += {} * np.spacing(y[-1])\n    return y\n"
VARIANTS = {
    "k_numpy__calls.py": "import itertools\nimport numpy as np\nN = itertools.count()\n"
    + CHANGED.format("next(N)"),
    "k_numpy__processes.py": "import os\nimport numpy as np\n"
    "N = int.from_bytes(os.urandom(2), 'big')\n" + CHANGED.format("N"),
    "k_numpy__threads.py": "import os\nimport numpy as np\n"
    "N = int(os.environ['OMP_NUM_THREADS'])\n" + CHANGED.format("N"),
}


def test_calls_processes_and_threads_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "suites" / "s" / "k"
    folder.mkdir(parents=True)
    for name, text in {"kernel.py": KERNEL, "k_numpy.py": RIGHT, **VARIANTS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    core = environment.usable_cpus()[0]
    monkeypatch.setattr(environment, "usable_cpus", lambda: [core, core])  # two threads on any
    output = tmp_path / "run.json"
    words = ("run", "s/k/smoke", "--suites", tmp_path / "suites", *QUICK, "--timed-runs", "4")
    words += ("--check-determinism", "--threads", "2", "--jobs", "1", "--output", output)
    assert main([str(word) for word in words]) == 0

    found = {result.case.label: result.determinism for result in load(output).results}

    def distances(label: str) -> list[float | None]:
        determinism = found[label]
        assert determinism is not None
        return [ulp(getattr(determinism, name)) for name in ("repeats", "processes", "threads")]

    assert distances("numpy") == [0.0, 0.0, 0.0]
    assert distances("numpy.threads") == [0.0, 0.0, 1.0]
    assert (distances("numpy.calls")[0] or 0) >= 1
    repeats, processes, threads = distances("numpy.processes")
    assert repeats == 0
    assert processes
    assert threads


def ulp(agreement: Agreement | None) -> float | None:
    assert agreement is not None
    assert agreement.bitwise == (agreement.max_ulp == 0)
    return agreement.max_ulp
