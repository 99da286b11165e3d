"""What is left behind: processes, by a mark in their environment; folders, by their name.

A process group covers helpers that stay in it. One that calls ``setsid``, as a daemon does, or
whose parent was killed before it could clean up, is found by the variable that every child is
started with and hands on to what it starts.

The temporary folders of a measurement lie in one, whose name says whose it is. A measurement
removes its own at its end, and those whose owner is gone at its beginning.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psutil

VARIABLE = "BENCH_HARNESS_CHILD"
PASSES = 20
"""How often a child that starts processes faster than they are killed is pursued."""
PREFIX = "bench-harness-"


def new_mark() -> str:
    """Return the mark of one child: its parent, and what is its own."""
    return f"{_this_process()}-{uuid.uuid4().hex}"


@contextlib.contextmanager
def one_temporary_folder() -> Iterator[Path]:
    """Put every temporary file of this process into one folder, which is gone after the block.

    So nothing is left of a call that was interrupted while it made or removed a folder of its own.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(
        prefix=f"{PREFIX}{_this_process()}-", ignore_cleanup_errors=True
    ) as folder:
        tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before


def sweep() -> None:
    """End the processes and remove the folders of measurements that were killed."""
    _kill(_is_abandoned, ())
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_abandoned(path.name.removeprefix(PREFIX)) and _is_own_folder(path):
            shutil.rmtree(path, ignore_errors=True)


def _is_own_folder(path: Path) -> bool:
    """Tell whether this is a folder of this user, and no link to one."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return False


def kill_marked(mark: str, known: Collection[int]) -> None:
    """Kill every process with a mark.

    Parameters
    ----------
    mark : str
    known : collection of int
        Processes that were there before the child was started, which need not be looked at.
    """
    _kill(lambda found: found == mark, known)


def _is_abandoned(mark: str) -> bool:
    """Tell whether the process that a mark names is gone; False where that cannot be seen here."""
    try:
        pid, born, namespace, _ = mark.split("-")
        if namespace != _namespace():
            return False
        # The number may have been given to another since; and a clock that is set moves births.
        return abs(_born(int(pid, 16)) - int(born, 16)) >= 10
    except (ValueError, OverflowError):
        return False
    except psutil.NoSuchProcess:
        return True


def _this_process() -> str:
    """Return number, birth and namespace of this process; short, for the sake of socket paths."""
    return f"{os.getpid():x}-{round(_born(os.getpid())):x}-{_namespace()}"


def _born(pid: int) -> float:
    return psutil.Process(pid).create_time()


def _namespace() -> str:
    """Return the namespace that process numbers are counted in; a container has its own."""
    with contextlib.suppress(OSError):
        return f"{int(str(Path('/proc/self/ns/pid').readlink()).strip('pid:[]')):x}"
    return ""


def _kill(is_wanted: Callable[[str], bool], known: Collection[int]) -> None:
    for _ in range(PASSES):
        found = [process for process, mark in _marked(known) if is_wanted(mark)]
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if not found:
            return
        psutil.wait_procs(found, timeout=0.5)


def _marked(known: Collection[int]) -> Iterator[tuple[psutil.Process, str]]:
    for pid in set(psutil.pids()).difference(known, {os.getpid()}):
        # Those of other users are not ours to end, and their environment is not ours to read.
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            if process.uids().real == os.getuid() and (mark := process.environ().get(VARIABLE)):
                yield process, mark
