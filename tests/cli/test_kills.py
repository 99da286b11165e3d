"""SIGKILL at random moments of a real run, and ``--resume`` after each: nothing is lost.

``BENCH_HARNESS_TEST_KILLS=50`` sets the number of kills; a few are enough for every day.
`tests/unit/test_store.py` kills at every single write instead.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from bench_harness import store
from bench_harness.model import RunRecord
from tests.cli.command import COMMAND, QUICK, call

KILLS = int(os.environ.get("BENCH_HARNESS_TEST_KILLS", "4"))
KERNEL = """
from bench_harness import Kernel
KERNEL = Kernel(title="One more", outputs=("y",),
                make_inputs=lambda rng, dtype, *, n: {"x": rng.random(n)},
                presets={"smoke": {"n": 2}, "default": {"n": 3}})
"""
WRONG = "def add(x):\n    return x + 2\n"
RIGHT = "def add(x):\n    return x + 1\n"
FILES = {"numpy": RIGHT, "numpy__right": RIGHT, "numpy__wrong": WRONG, "python": "add = None\n"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 30 * KILLS)]


def settled(record: RunRecord) -> dict[str, Any]:
    """Return what of a record does not depend on the clock."""
    data = record.model_dump(
        include={"argv": True, "config": True, "schema_version": True, "harness_version": True}
    )
    data["backends"] = {
        name: (info.version, info.usable) for name, info in record.environment.backends.items()
    }
    data["results"] = [
        {
            **result.model_dump(exclude={"measurements", "warnings", "details"}),
            "digests": [measurement.inputs_digest for measurement in result.measurements],
            "runs": [len(measurement.times_s) for measurement in result.measurements],
        }
        for result in record.results
    ]
    return data


def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(tmp_path: Path) -> None:
    kernel = tmp_path / "own/tiny/add"
    kernel.mkdir(parents=True)
    (kernel / "kernel.py").write_text(KERNEL)
    for label, text in FILES.items():
        (kernel / f"add_{label}.py").write_text(text)
    words = ["run", "--suites", "own", "--backends", "numpy,python", *QUICK]
    words += ["--output", "run.json"]
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    (quiet / "own").symlink_to(tmp_path / "own")
    start = time.monotonic()
    assert call(*words, cwd=quiet).returncode == 1  # some cases are wrong on purpose
    duration = time.monotonic() - start
    expected = settled(store.load(quiet / "run.json"))

    rng = random.Random(KILLS)
    kills = round_number = 0
    while kills < KILLS:
        folder = tmp_path / f"round{round_number}"
        folder.mkdir()
        (folder / "own").symlink_to(tmp_path / "own")
        round_number += 1
        output, run_id, done = folder / "run.json", None, 0
        while True:
            known = output.exists() or store.Journal(output).exists()
            start = time.monotonic()
            resume = ["--resume" if word == "--output" else word for word in words]
            ended, said = interrupted(
                [*COMMAND, *(resume if known else words)],
                folder,
                rng.uniform(0, duration) if kills < KILLS else None,
            )
            if ended:
                if not known:  # the machine may be less busy by now, and hardly a kill come in time
                    duration = time.monotonic() - start
                break
            kills += 1
            if output.exists() or store.Journal(output).exists():
                record = store.load_unfinished(output)
                run_id = run_id or record.run_id
                assert record.run_id == run_id
                assert len(record.results) >= max(done, said), "a finished case was lost"
                done = len(record.results)
        record = store.load(output)
        assert run_id in (None, record.run_id)
        assert settled(record) == expected
        assert {file.name for file in folder.iterdir()} == {"own", "run.json"}
    print(f"{kills} kills in {round_number} runs")


def interrupted(command: list[Any], folder: Path, delay: float | None) -> tuple[bool, int]:
    """Run a command and kill it after a while.

    Returns
    -------
    ended : bool
        It came to its end before.
    said : int
        Cases that it had called finished.
    """
    with open(folder.parent / "stderr", "w+") as errors:
        process = subprocess.Popen(
            [*map(str, command)], cwd=folder, stdout=subprocess.DEVNULL, stderr=errors
        )
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        errors.seek(0)
        text = errors.read()
    assert "Traceback" not in text
    assert process.returncode in (1, -signal.SIGKILL), text
    return process.returncode == 1, len(set(re.findall(r"^\[\d+/\d+\] (\S+)", text, re.M)))
