"""A suite whose implementations attack their surroundings: each costs its own case, no other.

A worker is a process of the same user, so this is no wall against somebody who means harm; it
is one against careless code. What stays open is said in ``docs/reliability.md``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.model import RunRecord
from tests.cli.command import QUICK, call

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="attacks what Linux has"),
]

KERNEL = """
from bench_harness import Kernel
KERNEL = Kernel(title="One more", outputs=("y",),
                make_inputs=lambda rng, dtype, *, n: {"x": rng.random(n)},
                presets={"smoke": {"n": 2}, "default": {"n": 3}})
"""
HEAD = """
import json, os, sys, tempfile, time
from pathlib import Path
HERE = Path(__file__).parent
OWN = Path(sys.argv[1])
RUN = OWN.parent  # of this run: a folder for each process, and those of the groups
FOLDERS = [f for f in RUN.glob("*") if f.is_dir() and f != OWN]
"""
CALM = """
def once():
    (HERE / "cores").open("a").write(json.dumps(sorted(os.sched_getaffinity(0))) + "\\n")
    assert Path(tempfile.gettempdir()).is_relative_to(OWN), "the temporary folder is private"
"""
ATTACKS = {
    "": CALM,
    "a_clock": """
def once():
    time.perf_counter = time.monotonic = time.time = lambda: 0.0
    time.perf_counter_ns = time.monotonic_ns = time.time_ns = lambda: 0
""",
    "b_exit": "def once():\n    os._exit(0)\n",
    "c_affinity": """
def once():
    cores = os.sched_getaffinity(0)
    others = set(range(os.cpu_count())) - cores or cores
    os.sched_setaffinity(os.getppid(), others)
    os.sched_setaffinity(0, others)
""",
    "d_reply": """
def once():
    for folder in FOLDERS:
        for name in ("reply.json", "reply.draft", "request.json"):
            (folder / name).write_text('{"status": "ok", "measurement": {}}')
""",
    "e_reference": """
def once():
    import numpy as np
    for file in RUN.glob("*/**/*.npz"):
        np.savez(file, y=np.zeros(3))
""",
    "f_memory": """
def once():
    with open("/dev/shm/bench-harness-test-" + str(os.getppid()), "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
""",
    "g_environment": """
def once():
    os.environ.clear()
    os.chdir("/")
    sys.path.clear()
    sys.modules.pop("json")
""",
    "z_after": CALM,
}
BODY = """
DONE = []
def add(x):
    if not DONE:
        DONE.append(once())
    return x + 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacked")
    kernel = folder / "own/tiny/add"
    kernel.mkdir(parents=True)
    (kernel / "kernel.py").write_text(KERNEL)
    for variant, attack in ATTACKS.items():
        name = f"add_numpy__{variant}.py" if variant else "add_numpy.py"
        (kernel / name).write_text(HEAD + attack + BODY)
    return folder


@pytest.fixture(scope="module")
def record(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """Run the attacks once, in the order of their names, on no other run's files."""
    words = ["run", "--suites", "own", "--backends", "numpy", *QUICK, "--output", "run.json"]
    done = call(*words, cwd=folder, env={"TMPDIR": str(tmp_path_factory.mktemp("attackable"))})
    for left in Path("/dev/shm").glob("bench-harness-test-*"):
        left.unlink()
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return store.load(folder / "run.json")


def test_an_attack_costs_its_own_case_only(record: RunRecord) -> None:
    statuses = {result.case.variant: result.status for result in record.results}
    assert set(statuses) == set(ATTACKS)
    assert statuses[""] == statuses["z_after"] == "ok"
    assert statuses["b_exit"] == "crashed"
    assert statuses["e_reference"] == "failed"
    for variant in ("c_affinity", "d_reply", "f_memory"):
        assert statuses[variant] == "ok", variant


def test_the_case_after_the_attacks_is_judged_by_the_true_reference(record: RunRecord) -> None:
    (after,) = (result for result in record.results if result.case.variant == "z_after")
    assert after.verification is not None
    (output,) = after.verification.outputs
    assert output.compared
    assert output.max_abs_err == 0.0
    (spoilt,) = (result for result in record.results if result.case.variant == "e_reference")
    assert "changed the outputs that other cases are compared with" in str(spoilt.reason)


def test_every_calm_case_had_the_cores_of_the_first(folder: Path, record: RunRecord) -> None:
    lines = (folder / "own/tiny/add/cores").read_text().splitlines()
    assert len(lines) >= 2
    assert len(set(lines)) == 1
    assert len(json.loads(lines[0])) == 1
    assert os.sched_getaffinity(0)  # and this process is as it was


def test_the_parent_kept_its_files_and_its_clock(folder: Path, record: RunRecord) -> None:
    assert {file.name for file in folder.iterdir()} == {"own", "run.json"}
    assert record.finished_at is not None
    assert record.finished_at >= record.started_at
