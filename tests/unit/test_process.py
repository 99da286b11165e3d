"""Children that answer, crash, hang or leave others behind, started by the real launcher."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench_harness import leftovers, preloaded
from bench_harness.process import TAIL_BYTES, Launcher, Outcome

HEAD = """
import json, os, signal, subprocess, sys, time
from pathlib import Path
from bench_harness.child import read_request, write_reply
request, folder = read_request()
"""


def child(
    tmp_path: Path, body: str, timeout_s: float = 60.0, env: Any = None, **request: Any
) -> Outcome:
    """Run a module with this body as a child."""
    (tmp_path / "the_child.py").write_text(HEAD + body)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent.parent.parent)])
    environment = {"PYTHONPATH": path, **(env or {})}
    return Launcher().call("the_child", request, env=environment, timeout_s=timeout_s)


def test_a_reply_comes_back_with_request_and_environment_seen(tmp_path: Path) -> None:
    body = 'write_reply(folder, {"n": request["n"], "variable": os.environ["VARIABLE"]})'
    outcome = child(tmp_path, body, env={"VARIABLE": "x"}, n=3)
    assert outcome.reply == {"n": 3, "variable": "x"}
    assert outcome.returncode == 0


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ("os._exit(3)", "ended with exit code 3 and no reply"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by signal SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGRTMIN + 1)", "was killed by signal"),
        ("sys.exit('bad news')", "ended with exit code 1 and no reply"),
    ],
)
def test_an_end_without_a_reply_is_told_in_words(tmp_path: Path, body: str, end: str) -> None:
    outcome = child(tmp_path, body)
    assert outcome.reply is None
    assert outcome.how_it_ended().startswith(end)


@pytest.mark.parametrize("text", ["", '{"a": ', "[1]", "3", "\\x00", '{"a": NaN}', "[" * 10**5])
def test_a_torn_reply_is_no_reply(tmp_path: Path, text: str) -> None:
    outcome = child(tmp_path, f"(folder / 'reply.json').write_text('{text}')")
    assert outcome.reply is None


def test_a_reply_that_is_not_strict_json_is_not_written(tmp_path: Path) -> None:
    outcome = child(tmp_path, 'write_reply(folder, {"x": float("nan")})')
    assert outcome.reply is None
    assert "ValueError" in outcome.stderr_tail


def test_text_that_is_no_unicode_does_not_stop_a_reply(tmp_path: Path) -> None:
    outcome = child(tmp_path, 'write_reply(folder, {"x": "caf\\udce9 é"})')
    assert outcome.reply == {"x": "caf? é"}


def test_output_is_captured_and_only_the_end_of_stderr_kept(tmp_path: Path) -> None:
    body = (
        "print('x' * 10**6)\nprint('y' * 10**6 + 'end', file=sys.stderr)\nwrite_reply(folder, {})"
    )
    outcome = child(tmp_path, body)
    assert outcome.reply == {}
    assert outcome.stderr_tail.endswith("yend")
    assert len(outcome.stderr_tail) <= TAIL_BYTES


def hangs(tmp_path: Path, body: str) -> Outcome:
    """Run a child that writes a pid and then never ends, with as little patience as will do."""
    outcome = None
    for timeout_s in (1.0, 4.0, 16.0, 64.0):  # the machine may be busy with something else
        outcome = child(tmp_path, body, timeout_s=timeout_s, file=str(tmp_path / "pid"))
        assert outcome.timed_out
        if (tmp_path / "pid").exists():
            break
    assert outcome is not None
    return outcome


def test_a_child_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    body = """
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
Path(request["file"]).write_text(str(helper.pid))
time.sleep(3600)
"""
    outcome = hangs(tmp_path, body)
    assert outcome.how_it_ended() == "was killed at the time limit"
    assert _ends(int((tmp_path / "pid").read_text()))


def test_what_a_child_left_behind_is_killed_after_a_good_end_too(tmp_path: Path) -> None:
    body = """
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
write_reply(folder, {"pid": helper.pid})
"""
    outcome = child(tmp_path, body)
    assert outcome.reply is not None
    assert _ends(outcome.reply["pid"])


DAEMON = """
first = os.fork()
if first == 0:
    os.setsid()
    if os.fork() == 0:
        Path(request["file"]).write_text(str(os.getpid()))
        time.sleep(3600)
    os._exit(0)
os.waitpid(first, 0)
while not Path(request["file"]).exists() or not Path(request["file"]).read_text():
    time.sleep(0.01)
"""


@pytest.mark.parametrize("end", ["write_reply(folder, {})", "os.abort()", "time.sleep(3600)"])
def test_a_daemon_that_left_the_group_is_killed_too(tmp_path: Path, end: str) -> None:
    if "sleep" in end:
        hangs(tmp_path, DAEMON + end)
    else:
        child(tmp_path, DAEMON + end, file=str(tmp_path / "pid"))
    assert _ends(int((tmp_path / "pid").read_text()))


@pytest.fixture
def marks() -> dict[str, str]:
    """Return the marks of what was left by a process that is gone, and of what was not."""
    mark = leftovers.new_mark()
    pid, born, namespace, own = mark.split("-")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return {
        "abandoned": f"{gone.pid:x}-{born}-{namespace}-{own}",
        "reborn": f"{pid}-1000-{namespace}-{own}",  # the parent's number, another birth
        "mine": mark,
        "elsewhere": f"{gone.pid:x}-{born}-1{namespace}-{own}",
        "garbled": "abc",
    }


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return what is the folder of temporary files meanwhile."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_a_killed_run_left_is_swept_and_nothing_else(
    marks: dict[str, str], temporary: Path
) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
    started = {
        name: subprocess.Popen(sleep, env={**os.environ, leftovers.VARIABLE: value})
        for name, value in marks.items()
    }
    try:
        leftovers.sweep()
        ended = {name for name, process in started.items() if process.poll() is not None}
        assert ended == {"abandoned", "reborn"}
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def test_folders_of_killed_runs_are_removed_and_no_others(
    marks: dict[str, str], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in marks.values():
        (temporary / f"bench-harness-{name}/inner").mkdir(parents=True)
    (temporary / marks["abandoned"]).mkdir()  # not called after bench-harness
    theirs = temporary / "theirs"
    theirs.mkdir()
    (theirs / "file").touch()
    link = temporary / f"bench-harness-{marks['abandoned']}2"
    link.symlink_to(theirs)
    (temporary / f"bench-harness-{marks['reborn']}/inner/link").symlink_to(theirs)
    before = set(temporary.iterdir())

    with monkeypatch.context() as other:
        other.setattr(os, "getuid", lambda: 12345)
        leftovers.sweep()
    assert set(temporary.iterdir()) == before

    leftovers.sweep()
    removed = before - set(temporary.iterdir())
    assert removed == {temporary / f"bench-harness-{marks[k]}" for k in ("abandoned", "reborn")}
    assert (theirs / "file").exists()


def test_all_temporary_files_go_into_one_folder_that_is_gone_afterwards(temporary: Path) -> None:
    with leftovers.one_temporary_folder() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        assert list(temporary.iterdir()) == [folder]
        assert folder.stat().st_mode & 0o077 == 0
    assert list(temporary.iterdir()) == []
    assert tempfile.gettempdir() == str(temporary)


def _ends(pid: int) -> bool:
    """Tell whether a process that was killed is gone, or only waits to be buried by init."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def disturbed(launcher: Launcher, tmp_path: Path, how: Callable[[], None]) -> Outcome:
    """Call a child that sleeps, and do something to the launcher meanwhile."""
    (tmp_path / "the_child.py").write_text(HEAD + "Path(request['file']).touch()\ntime.sleep(3600)")
    ready = tmp_path / "ready"

    def wait() -> None:
        while not ready.exists():
            threading.Event().wait(0.02)
        how()

    waiter = threading.Thread(target=wait)
    waiter.start()
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent.parent.parent)])
    try:
        return launcher.call(
            "the_child", {"file": str(ready)}, env={"PYTHONPATH": path}, timeout_s=60
        )
    finally:
        waiter.join()


def test_a_running_child_can_be_killed_from_outside(tmp_path: Path) -> None:
    launcher = Launcher()
    outcome = disturbed(launcher, tmp_path, launcher.kill)
    assert outcome.how_it_ended() == "was killed by signal SIGKILL"


def test_a_launcher_that_is_stopped_interrupts_its_calls_and_leaves_nothing(
    tmp_path: Path, temporary: Path
) -> None:
    launcher = Launcher()
    with pytest.raises(KeyboardInterrupt):
        disturbed(launcher, tmp_path, launcher.stop)
    with pytest.raises(KeyboardInterrupt):
        launcher.call("no_such_module", {}, timeout_s=60)
    assert list(temporary.iterdir()) == []


# -- forked from a process that has the module loaded --------------------------------------------

LOADED = """
import json, os, random, signal, subprocess, sys, tempfile, time
from pathlib import Path
from bench_harness.child import read_request, write_reply
LOADED_BY, STATE = os.getpid(), []
SEEN = (sorted({"imported_before"} & set(sys.modules)), tempfile.gettempdir(), random.random())
def main():
    request, folder = read_request()
    STATE.append(1)
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Callable[..., Outcome]]:
    """Return what calls a preloaded module with a body, always by the same launcher."""
    launcher = Launcher(memory_limit_bytes=100 * 2**20)

    def call(
        body: str,
        timeout_s: float = 60.0,
        module: str = "the_loaded",
        variables: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Any:
        text = LOADED + textwrap.indent(textwrap.dedent(body), "    ")
        (tmp_path / f"{module}.py").write_text(text)
        path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent.parent.parent)])
        env = {"PYTHONPATH": path, **(variables or {})}
        return launcher.call(module, request, env=env, timeout_s=timeout_s, preloaded=True)

    yield call
    launcher.close()


def test_children_of_one_process_share_no_state(loaded: Callable[..., Outcome]) -> None:
    body = """
    os.environ["BEQUEST"] = os.environ.get("BEQUEST", "") + "x"
    told = [LOADED_BY, os.getppid(), len(STATE), os.environ["BEQUEST"], os.getpid(), os.getsid(0)]
    write_reply(folder, {"told": told, "tmp": os.environ["TMPDIR"], "n": request["n"]})
    """
    replies = [loaded(body, n=n).reply or {} for n in (1, 2)]
    assert [reply["n"] for reply in replies] == [1, 2]
    first, second = (reply["told"] for reply in replies)
    assert first[0] == first[1] == second[0], "not forked from one process"
    assert first[2:4] == second[2:4] == [1, "x"]
    assert first[4] == first[5] != second[4] == second[5]
    assert replies[0]["tmp"] != replies[1]["tmp"]
    assert not psutil.pid_exists(first[4])


def test_what_comes_first_is_imported_before_and_need_not_be_there(
    loaded: Callable[..., Outcome], tmp_path: Path
) -> None:
    (tmp_path / "imported_before.py").write_text("")
    body = "write_reply(folder, {'seen': SEEN[0]})"
    first = loaded(body, variables={preloaded.FIRST: "imported_before"}).reply
    assert first == {"seen": ["imported_before"]}
    assert loaded(body, variables={preloaded.FIRST: "missing"}).reply == {"seen": []}


def test_a_forked_child_has_its_own_temporary_folder_and_chance(
    loaded: Callable[..., Outcome],
) -> None:
    body = "write_reply(folder, {'told': [tempfile.gettempdir(), random.random()], 'seen': SEEN})"
    first, second = (loaded(body).reply or {} for _ in range(2))
    assert first["seen"] == second["seen"], "not forked from one process"
    folders, numbers = zip(first["told"], second["told"], strict=True)
    assert len({*folders, first["seen"][1]}) == 3
    assert numbers[0] != numbers[1]


def test_the_memory_of_a_forked_child_is_its_own(loaded: Callable[..., Outcome]) -> None:
    # For less time than lies between two looks at all that a process started.
    eats = "time.sleep(0.1); blob = bytearray(120 * 2**20); time.sleep(0.1)"
    assert loaded(eats).over_memory
    assert loaded("write_reply(folder, {})", module="another").reply == {}


@pytest.mark.parametrize(
    ("body", "end", "told"),
    [
        ("os._exit(3)", "ended with exit code 3 and no reply", ""),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by signal SIGSEGV", ""),
        ("raise ValueError('bad news')", "ended with exit code 1 and no reply", "bad news"),
        ("os.kill(os.getppid(), signal.SIGKILL); time.sleep(9)", "was killed by signal SIG", ""),
    ],
)
def test_the_end_of_a_forked_child_is_told_and_the_next_answers(
    loaded: Callable[..., Outcome], body: str, end: str, told: str
) -> None:
    outcome = loaded(body)
    assert outcome.reply is None
    assert outcome.how_it_ended().startswith(end)
    assert told in outcome.stderr_tail
    again = loaded("write_reply(folder, {'n': 1})", module="another")
    assert again.reply == {"n": 1}


def test_a_forked_child_that_hangs_is_killed_with_what_it_started(
    loaded: Callable[..., Outcome], tmp_path: Path
) -> None:
    body = """
    helper = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    Path(request["file"]).write_text(str(helper.pid))
    time.sleep(3600)
    """
    outcome = loaded(body, timeout_s=2.0, file=str(tmp_path / "helper"))
    assert outcome.timed_out
    assert _ends(int((tmp_path / "helper").read_text()))
    assert loaded(body, timeout_s=2.0, file=str(tmp_path / "helper")).timed_out


def test_a_module_that_cannot_be_loaded_is_told_by_a_fresh_child(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('no such luck')")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent.parent.parent)])
    launcher = Launcher()
    outcome = launcher.call("broken", {}, env={"PYTHONPATH": path}, timeout_s=60, preloaded=True)
    assert outcome.returncode == 1
    assert "no such luck" in outcome.stderr_tail


def test_what_waits_for_calls_ends_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "the_loaded.py").write_text(
        LOADED + "    Path(request['file']).write_text(f'{os.getpid()} {os.getppid()}')\n"
        "    time.sleep(3600)\n"
    )
    parent = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys; from bench_harness.process import Launcher\n"
            f"Launcher().call('the_loaded', {{'file': {str(tmp_path / 'pids')!r}}}, "
            "timeout_s=60, preloaded=True)",
        ],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parent.parent.parent}"},
    )
    while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    for pid in (tmp_path / "pids").read_text().split():
        assert _ends(int(pid))
