"""Processes that a child left behind, wherever they hid: found by a mark in their environment.

A process group covers helpers that stay in it. One that calls ``setsid``, as a daemon does, or
whose parent was killed before it could clean up, is found by the variable that every child is
started with and hands on to what it starts.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import psutil

VARIABLE = "BENCH_HARNESS_CHILD"
PASSES = 20
"""How often a child that starts processes faster than they are killed is pursued."""


def new_mark() -> str:
    """Return the mark of one child: number, birth and namespace of its parent, and its own."""
    return f"{os.getpid()}:{_born(os.getpid()):.0f}:{_namespace()}:{uuid.uuid4().hex}"


def kill_marked(mark: str, known: Collection[int]) -> None:
    """Kill every process with a mark.

    Parameters
    ----------
    mark : str
    known : collection of int
        Processes that were there before the child was started, which need not be looked at.
    """
    _kill(lambda found: found == mark, known)


def kill_abandoned() -> None:
    """Kill what is left of runs that were killed: their marks name a parent that is gone."""
    _kill(lambda found: bool(found) and not _parent_lives(found), ())


def _parent_lives(mark: str) -> bool:
    """Tell whether the parent that a mark names goes on; True where that cannot be seen here."""
    try:
        pid, born, namespace, _ = mark.split(":")
        if namespace != _namespace():
            return True
        # The number may have been given to another since; and a clock that is set moves births.
        return abs(_born(int(pid)) - float(born)) < 10
    except ValueError:
        return True
    except psutil.NoSuchProcess:
        return False


def _born(pid: int) -> float:
    return psutil.Process(pid).create_time()


def _namespace() -> str:
    """Return the namespace that process numbers are counted in; a container has its own."""
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
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
