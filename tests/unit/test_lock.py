"""One measurement at a time: refused or waited for, and free again however the holder ended."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench_harness import lock
from bench_harness.discovery import KernelFolder
from bench_harness.errors import ConfigurationError
from bench_harness.integrations import pytest_plugin
from bench_harness.lock import one_at_a_time
from bench_harness.measure import inprocess, runner
from bench_harness.model import RunConfig
from bench_harness.plan import Group, PlannedCase
from tests import factories

HOLD = """
import sys
from bench_harness.lock import one_at_a_time
with one_at_a_time(["bench-harness", "run", "a b"], False, print):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "locks/machine.lock"
    monkeypatch.setenv(lock.VARIABLE, str(file))
    return file


@pytest.fixture
def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def hold(wait: bool = False) -> list[str]:
    """Take the lock and give it back; return what was said."""
    said: list[str] = []
    with one_at_a_time(["bench-harness", "run"], wait, said.append):
        pass
    return said


def test_a_second_measurement_is_refused_with_who_holds(holder: subprocess.Popen[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        hold()
    text = str(caught.value)
    assert f"process {holder.pid} since 20" in text
    assert "bench-harness run 'a b'" in text
    assert "--wait" in text
    holder.communicate("")
    assert hold() == []


def test_a_second_measurement_can_wait(holder: subprocess.Popen[str], path: Path) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        assert holder.stdin is not None
        holder.stdin.close()  # lets the holder end

    with one_at_a_time(["bench-harness", "run"], True, say):
        assert str(os.getpid()) in path.with_name("machine.lock.json").read_text()
    holder.wait()
    assert f"process {holder.pid}" in said[0]
    assert not path.with_name("machine.lock.json").exists()


def test_a_holder_that_was_killed_holds_nothing(holder: subprocess.Popen[str], path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert path.with_name("machine.lock.json").exists()  # its note is stale, and harmless
    assert hold() == []


def test_a_holder_without_a_note_is_told_as_such(holder: subprocess.Popen[str], path: Path) -> None:
    for text in ("", "[]", '{"pid": 1}'):
        path.with_name("machine.lock.json").write_text(text)
        with pytest.raises(ConfigurationError, match="only just starting"):
            hold()
    holder.communicate("")


def test_what_the_holder_starts_is_not_locked_out(path: Path) -> None:
    with one_at_a_time(["bench-harness", "run"], False, print):
        assert os.environ[lock.VARIABLE] == "off"
        assert hold() == []
    assert os.environ[lock.VARIABLE] == str(path)


def test_what_measures_for_another_tool_takes_the_lock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held: list[str] = []

    @contextlib.contextmanager
    def hold(argv: Sequence[str], wait: bool, say: object) -> Iterator[None]:
        assert wait
        held.append(argv[0])
        yield
        held.pop()

    def run(*_: object) -> Any:
        assert held == ["pytest"]
        return SimpleNamespace(results=["measured"])

    def bind(*_: object, **__: object) -> Any:
        assert held == ["asv"]
        return SimpleNamespace(calls_for=lambda seconds: 1, restore=None)

    monkeypatch.setattr(lock, "one_at_a_time", hold)
    monkeypatch.setattr(runner.Runner, "run", run)
    monkeypatch.setattr(pytest_plugin, "run_config", lambda config, timed: RunConfig())
    monkeypatch.setattr(pytest_plugin, "_machine", lambda config: factories.make_environment())
    monkeypatch.setattr(inprocess, "bind", bind)
    config: Any = SimpleNamespace(
        invocation_params=SimpleNamespace(args=()),
        pluginmanager=SimpleNamespace(get_plugin=lambda name: None),
    )
    folder = KernelFolder("sample", "rms", tmp_path, ())
    group = Group(folder, (PlannedCase(factories.make_case(), folder, None),))
    assert pytest_plugin.measure(config, group, group.cases[0], timed=True) == "measured"
    assert held == []

    monkeypatch.setenv("BENCH_HARNESS_ASV_KERNELS", "suite/kernel")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    pytest.importorskip("asv_runner")
    kernels = importlib.import_module("bench_harness.integrations.asv_suite.kernels")
    known = {"suite/kernel/default/numpy": {"status": "ok", "case": {}}}
    kernels.Steady().setup(known, "suite/kernel", "default", "numpy")


def test_without_a_lock_nothing_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lock.VARIABLE, "off")
    assert hold() == []
    assert not path.parent.exists()


def test_a_lock_that_cannot_be_made_is_said_and_measured_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(lock.VARIABLE, str(tmp_path / "file/lock"))
    (said,) = hold()
    assert "No other measurement is kept away" in said


def test_the_lock_is_the_users_and_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(lock.VARIABLE)
    monkeypatch.setattr(lock.platform, "node", lambda: "a/b c")
    path = lock._path()
    assert path is not None
    assert path.name == "a_b_c.lock"
    assert path.is_relative_to(lock.platformdirs.user_cache_dir("bench-harness"))
