"""A run that is interrupted, terminated or killed costs the case in flight and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench_harness import store
from tests.cli.command import COMMAND, call

KERNEL = """
from bench_harness import Kernel
KERNEL = Kernel(title="Waits for a file", outputs=("y",),
                make_inputs=lambda rng, dtype, *, n: {"x": rng.random(n)},
                presets={"smoke": {"n": 2}, "default": {"n": 3}})
"""
NUMPY = "def gate(x):\n    return x + 1\n"
WAITS = """
import time
from pathlib import Path
HERE = Path(__file__).parent
def gate(x):
    (HERE / "reached").touch()
    while not (HERE / "open").exists():
        time.sleep(0.01)
    return x + 1
"""


class Gate:
    """A run of three cases that stands still in the second one until the gate is opened."""

    def __init__(self, folder: Path) -> None:
        self.cwd = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.kernel = folder / "own/waits/gate"
        self.kernel.mkdir(parents=True)
        self.output = folder / "run.json"
        for name, text in (
            ("kernel.py", KERNEL),
            ("gate_numpy.py", NUMPY),
            ("gate_numpy__a_waits.py", WAITS),
            ("gate_numpy__b_after.py", NUMPY),
        ):
            (self.kernel / name).write_text(text)
        self.words = ["run", "--suites", "own", "--backends", "numpy", "--threads", "1"]
        self.words += ["--warmup-runs", "0", "--timed-runs", "2"]

    def start(self) -> subprocess.Popen[str]:
        """Start the run and return when it stands at the gate."""
        process = subprocess.Popen(
            [*COMMAND, *self.words, "--output", "run.json"],
            cwd=self.cwd,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until((self.kernel / "reached").exists)
        return process

    def open(self) -> None:
        (self.kernel / "open").touch()

    def statuses(self) -> dict[str, str]:
        return {r.case.variant: r.status for r in store.load_unfinished(self.output).results}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.02)


def workers() -> set[int]:
    """Return the worker processes on this machine."""
    return {
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if "bench_harness.measure.worker" in (process.info["cmdline"] or ())
    }


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the end and return what was written to stderr."""
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    return errors


def test_ctrl_c_finishes_the_case_in_flight_and_writes(gate: Gate) -> None:
    process = gate.start()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    assert any("Finishing the case in flight" in line for line in lines)
    gate.open()
    assert "Interrupted." in finish(process)
    assert process.returncode == 130
    assert gate.statuses() == {"": "ok", "a_waits": "ok"}
    assert not gate.output.with_name("run.json.journal").exists()


@pytest.mark.parametrize("signals", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM]])
def test_ctrl_c_twice_or_a_termination_stops_at_once_and_writes(
    gate: Gate, signals: list[signal.Signals]
) -> None:
    process = gate.start()
    mine = {child.pid for child in psutil.Process(process.pid).children(recursive=True)} & workers()
    assert mine
    for number in signals[:-1]:
        process.send_signal(number)
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")  # or the two signals would arrive as one
        assert any("Finishing the case in flight" in line for line in lines)
    process.send_signal(signals[-1])
    assert "Interrupted." in finish(process)
    assert process.returncode == 130
    assert gate.statuses() == {"": "ok"}
    assert list(gate.temporary.iterdir()) == []
    until(lambda: not mine & workers())


LATE = """
import os, signal, sys
class Late:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGINT):
        kill(pid, number)
sys.late = Late()  # goes when the interpreter does, after Python has given up its own handlers
from bench_harness.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_while_the_interpreter_ends_changes_no_exit_code() -> None:
    words = [sys.executable, "-c", LATE, "no-such-command"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert "No such command" in done.stderr


def test_a_killed_run_is_resumed_with_every_case(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = gate.start()
    mine = {child.pid for child in psutil.Process(process.pid).children(recursive=True)} & workers()
    process.kill()
    process.communicate()
    if sys.platform == "linux":  # the worker dies with its parent, however that dies
        until(lambda: not mine & workers())
    assert not gate.output.exists()
    before = store.load_unfinished(gate.output).results
    assert [result.case.variant for result in before] == [""]
    assert list(gate.temporary.iterdir())  # nobody could remove it

    gate.open()
    monkeypatch.setenv("TMPDIR", str(gate.temporary))
    done = call(*gate.words, "--resume", "run.json", cwd=gate.cwd)
    assert done.returncode == 0, done.stderr
    assert gate.statuses() == {"": "ok", "a_waits": "ok", "b_after": "ok"}
    record = store.load(gate.output)
    assert record.results[0] == before[0]
    commands = [record.argv, *record.resumed_with]
    assert commands == [
        ["bench-harness", *gate.words, option, "run.json"] for option in ("--output", "--resume")
    ]
    assert "numpy/cpu/float64 ok" not in done.stderr
    assert list(gate.temporary.iterdir()) == []
    assert not gate.output.with_name("run.json.journal").exists()


def test_a_run_is_not_resumed_with_other_settings(gate: Gate) -> None:
    gate.open()
    assert call(*gate.words, "--output", "run.json", cwd=gate.cwd).returncode == 0
    changed = call(*gate.words, "--seed", 7, "--resume", "run.json", cwd=gate.cwd)
    assert changed.returncode == 2
    assert "seed was 0, now 7" in changed.stderr
    assert len(gate.statuses()) == 3


def test_a_run_is_not_resumed_on_another_machine(gate: Gate) -> None:
    gate.open()
    assert call(*gate.words, "--output", "run.json", cwd=gate.cwd).returncode == 0
    text = gate.output.read_text()
    gate.output.write_text(re.sub(r'"host": "[^"]*"', '"host": "elsewhere"', text))
    moved = call(*gate.words, "--resume", "run.json", cwd=gate.cwd)
    assert moved.returncode == 2
    assert "host was 'elsewhere', now" in moved.stderr


def test_home_and_user_are_in_the_record_only_if_asked_for(gate: Gate) -> None:
    gate.open()
    env = {**os.environ, "HOME": str(gate.cwd), "LOGNAME": "sam"}
    words = [*COMMAND, *gate.words, "--report", f"{gate.cwd}/report.md", "--overwrite"]
    for asked in ([], ["--full-environment"]):
        done = subprocess.run(
            [*words, "--output", f"{gate.cwd}/run.json", *asked],
            cwd=gate.cwd, env=env, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for name in ("run.json", "report.md"):
            assert (str(gate.cwd) in (gate.cwd / name).read_text()) is bool(asked), name


# -- two at once ------------------------------------------------------------------------------


def test_a_second_measurement_is_refused_or_waits(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_HARNESS_LOCK", str(gate.cwd / "lock"))
    first = gate.start()
    second = [*gate.words, "--output", "second/run.json"]
    for words in (second, ["audit", "--suites", "own"]):
        refused = call(*words, cwd=gate.cwd)
        assert refused.returncode == 2
        assert f"process {first.pid} since" in refused.stderr
        assert "--wait" in refused.stderr
    assert not (gate.cwd / "second").exists()

    waits = subprocess.Popen(
        [*COMMAND, *second, "--wait"], cwd=gate.cwd, stderr=subprocess.PIPE, text=True
    )
    assert waits.stderr is not None
    assert waits.stderr.readline().startswith("Waiting for the end of another measurement")
    gate.open()
    finish(first)
    waits.communicate(timeout=60)
    assert first.returncode == waits.returncode == 0
    assert store.load(gate.cwd / "second/run.json").results


def test_two_runs_never_write_one_record(gate: Gate) -> None:
    first = gate.start()
    for words in (["--output", "run.json", "--overwrite"], ["--resume", "run.json"]):
        refused = call(*gate.words, *words, cwd=gate.cwd)
        assert refused.returncode == 2, refused.stderr
        assert "is being written by another run" in refused.stderr
    gate.open()
    finish(first)
    assert set(gate.statuses().values()) == {"ok"}
