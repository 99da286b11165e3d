"""Run one of the harness's own modules in a fresh process, and get its answer or its end.

The worker that times a case and the verifier that judges it are both started here: a request
file in, a reply file out, in a private folder; output captured, never parsed; and whatever the
child started is gone when the call returns.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench_harness import leftovers, strictjson
from bench_harness.preloaded import Preloaded, PreloadedError, is_ready, is_safe

MEMORY_LOOK_S = 0.02
"""How often the memory of a child is looked at where it is limited."""

TAIL_BYTES = 4000
"""How much of a child's stderr is kept when it fails."""

MAX_REPLY = 1 << 26
"""Characters of a reply; one of 10,000 timed runs has half a million."""


@dataclass(frozen=True)
class Outcome:
    """How a child ended.

    `reply` is None unless the child wrote a complete one. `returncode` is negative for a signal,
    None if it was killed at the time limit.
    """

    reply: dict[str, Any] | None
    returncode: int | None
    stderr_tail: str
    started_s: float = 0.0
    """When the call began, and when the child was gone, by `time.monotonic`."""
    ended_s: float = 0.0
    over_memory: bool = False
    """True if the child was killed because it had more memory than it may."""

    @property
    def timed_out(self) -> bool:
        """True if the child was killed at the time limit."""
        return self.returncode is None

    def how_it_ended(self) -> str:
        """Return the end in words: the signal's name or the exit code."""
        if self.returncode is None:
            return "was killed at the time limit"
        if self.returncode < 0:
            with contextlib.suppress(ValueError):
                return f"was killed by signal {signal.Signals(-self.returncode).name}"
            return f"was killed by signal {-self.returncode}"
        return f"ended with exit code {self.returncode} and no reply"


class Launcher:
    """Starts children; a class so that unit tests can hand the runner another one.

    Parameters
    ----------
    memory_limit_bytes : int, optional
        A child that has more resident, with what it started, is killed. By resident memory, since
        a limit on addresses (``RLIMIT_AS``) stops frameworks that reserve much and use little.
    """

    def __init__(self, memory_limit_bytes: int | None = None) -> None:
        self.memory_limit_bytes = memory_limit_bytes
        self.stopped = False
        self._children: set[_Fresh | Preloaded] = set()
        self._idle: dict[tuple[Any, ...], list[Preloaded]] = {}

    def call(
        self,
        module: str,
        request: Mapping[str, Any],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float,
        python: str = sys.executable,
        preloaded: bool = False,
    ) -> Outcome:
        """Run ``python -m module`` on a request and return how it ended.

        Parameters
        ----------
        module : str
            A module whose ``__main__`` is :func:`serve`.
        request : mapping
            Anything JSON can carry.
        env : mapping, optional
            Variables on top of this process's own.
        timeout_s : float
            After this many seconds the child's whole process group is killed.
        python : str
            The interpreter.
        preloaded : bool
            Fork the child from a process that has the module loaded and waits for more, where
            that is safe: for a module that is called often, and takes longer to load than to run.

        Raises
        ------
        KeyboardInterrupt
            If :meth:`stop` was called, before or meanwhile.
        """
        self._end_if_stopped()
        variables = {**os.environ, **own_path(), **(env or {})}
        kind = (python, module, tuple(sorted((env or {}).items())))
        with tempfile.TemporaryDirectory(prefix="call-") as scratch:
            folder = Path(scratch)
            (folder / "tmp").mkdir()
            started = time.monotonic()
            message = {**request, "spawned_at_s": started}
            host = self._host(kind, variables) if preloaded and is_safe() else None
            mark = host.mark if host else leftovers.new_mark()
            known = frozenset(psutil.pids())
            child: _Fresh | Preloaded | None = None
            if host:
                child = _forked(host, message, folder, timeout_s)
            if not child:
                child = _Fresh(python, module, message, folder, variables, mark)
            self._children.add(child)
            if self.stopped:  # by a signal that came while it was started
                child.kill_group()
            try:
                returncode, over_memory = self._wait(child, timeout_s)
                ended = time.monotonic()
            finally:
                leftovers.kill_marked(mark, known)
            if host and host.is_alive():
                self._idle[kind].append(host)
            self._end_if_stopped()
            return Outcome(
                None if over_memory else _read_reply(folder),
                returncode,
                _tail(folder / "errors"),
                started,
                ended,
                over_memory,
            )

    def _host(self, kind: tuple[Any, ...], variables: Mapping[str, str]) -> Preloaded:
        """Return a process that has a module loaded: an idle one, or a new one."""
        idle = self._idle.setdefault(kind, [])
        with contextlib.suppress(IndexError):
            return idle.pop()
        python, module, _ = kind
        return Preloaded(python, module, variables, leftovers.new_mark())

    def kill(self) -> None:
        """Kill the children that are running, with everything they started."""
        for child in list(self._children):
            child.kill_group()

    def close(self) -> None:
        """End the processes that wait for a next call."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def stop(self) -> None:
        """Kill the children, and let every call that goes on or is to come be interrupted.

        For handlers of signals: an exception raised by the handler itself would fall anywhere,
        also between the making of a folder and the block that removes it.
        """
        self.stopped = True
        self.kill()

    def _end_if_stopped(self) -> None:
        if self.stopped:
            raise KeyboardInterrupt

    def _wait(self, child: _Fresh | Preloaded, timeout_s: float) -> tuple[int | None, bool]:
        """Return the code with which a child ended, None for the time limit, and why it did."""
        try:
            if self.memory_limit_bytes is None:
                return (child.wait() if child.has_ended(timeout_s) else None), False
            deadline = time.monotonic() + timeout_s
            for look in itertools.count():
                if child.has_ended(MEMORY_LOOK_S):
                    return child.wait(), False
                # What it started is looked for less often: that takes milliseconds.
                if _resident(child.pid, tree=look % 25 == 0) > self.memory_limit_bytes:
                    return -signal.SIGKILL, True
                if time.monotonic() >= deadline:
                    break
            return None, False
        finally:
            # Also after a normal end: helpers that the child left behind would disturb the next.
            child.kill_group()
            child.wait()
            self._children.discard(child)


class _Fresh(subprocess.Popen[bytes]):
    """A child that is started anew."""

    def __init__(
        self,
        python: str,
        module: str,
        message: Mapping[str, Any],
        folder: Path,
        variables: Mapping[str, str],
        mark: str,
    ) -> None:
        _write_request(folder, message, os.getpid())
        with open(folder / "errors", "wb") as errors:
            super().__init__(
                # -P: a numpy.py in the current folder must not shadow the library.
                [python, "-P", "-m", module, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # nobody reads it, and a flood would fill the disk
                stderr=errors,
                # What it leaves in its temporary folder goes with it.
                env={**variables, leftovers.VARIABLE: mark, "TMPDIR": str(folder / "tmp")},
                start_new_session=True,
            )

    def has_ended(self, timeout_s: float) -> bool:
        """Wait for its end; False if it goes on for longer.

        Woken by the system where it can: `Popen.wait` with a time limit looks every 50 ms, which
        every case would pay for, on the cores of the next one.
        """
        try:
            handle = os.pidfd_open(self.pid)
        except (AttributeError, OSError):  # not Linux, or an old one
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(timeout_s)
            return self.poll() is not None
        try:
            return is_ready(handle, timeout_s)
        finally:
            os.close(handle)

    def kill_group(self) -> None:
        """Kill it, with everything it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _forked(
    host: Preloaded, message: Mapping[str, Any], folder: Path, timeout_s: float
) -> Preloaded | None:
    """Let a host fork the child; None if it cannot, and a fresh one has to tell why."""
    _write_request(folder, message, host.host_pid)
    try:
        host.fork(folder, timeout_s)
    except PreloadedError:
        return None
    return host


def _resident(pid: int, tree: bool) -> int:
    """Return the resident bytes of a process, or of it and all that it started."""
    try:
        process = psutil.Process(pid)
        processes = [process, *(process.children(recursive=True) if tree else ())]
    except psutil.Error:
        return 0
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def own_path() -> dict[str, str]:
    """Let the child import this very package, also from a checkout that is not installed."""
    package_parent = str(Path(__file__).resolve().parent.parent)
    if "site-packages" in package_parent:
        return {}
    path = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join(filter(None, (package_parent, path)))}


def _write_request(folder: Path, message: Mapping[str, Any], parent: int) -> None:
    (folder / "request.json").write_text(json.dumps({**message, "parent": parent}))


def _read_reply(folder: Path) -> dict[str, Any] | None:
    """Return the child's answer; it may have been written by the code that is measured."""
    try:
        with open(folder / "reply.json", encoding="utf-8") as file:
            text = file.read(MAX_REPLY + 1)
        reply = strictjson.loads(text) if len(text) <= MAX_REPLY else None
    except (OSError, ValueError):
        return None
    return reply if isinstance(reply, dict) else None


def _tail(path: Path) -> str:
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()
