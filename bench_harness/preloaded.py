"""A process that has a module loaded, and forks a child for every request.

To load the verifier takes longer than most verdicts, and to import a framework longer than most
cases of a smoke run. A child that is forked has it loaded, and is a process of its own all the
same: what it changes, breaks or leaves behind is gone with it.

On Linux alone: elsewhere a fork of a process that has NumPy loaded may crash (Accelerate's
threads on macOS). ``python -m bench_harness.preloaded MODULE`` is the process; `Preloaded` is its
parent's end. A line with a folder goes in; the child's number, and later its exit code, come out.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench_harness import leftovers

FIRST = "BENCH_HARNESS_PRELOAD_FIRST"
"""A variable with the name of what is to be imported before the module; may be left out."""


def is_safe() -> bool:
    """Tell whether this system is a Linux that can fork, and wait for, such children."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # not Linux, or older than 5.3
        return False
    return True


class PreloadedError(Exception):
    """The process did not start, or is gone."""


class Preloaded:
    """The parent's end; forks one child at a time.

    Parameters
    ----------
    python : str
        The interpreter.
    module : str
        A module whose ``main`` answers a request; its ``preload``, if it has one, is called before.
    variables : mapping
        The environment of the process and its children.
    mark : str
        What `bench_harness.leftovers` knows them by.

    Attributes
    ----------
    host_pid : int
        The number of the process.
    child : int or None
        That of the child, while it runs.
    """

    def __init__(self, python: str, module: str, variables: Mapping[str, str], mark: str) -> None:
        self.mark = mark
        self._process = subprocess.Popen(
            [python, "-P", "-m", __name__, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a fresh child tells why a module cannot be loaded
            env={**variables, leftovers.VARIABLE: mark},
            start_new_session=True,
            bufsize=0,  # what is read ahead, `select` does not see
        )
        self.host_pid = self._process.pid
        self.child: int | None = None
        self._code = 0
        self.close = weakref.finalize(self, _end, self._process)

    @property
    def pid(self) -> int:
        """The number of the process that answers now."""
        return self.child or self.host_pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, folder: Path, timeout_s: float) -> None:
        """Let a child answer the request in `folder`; raises `PreloadedError`."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(str(folder)).encode() + b"\n")
        except OSError:
            raise PreloadedError from None
        line = self._line() if self.has_ended(timeout_s) else b""
        if not line:
            self.close()
            raise PreloadedError
        self.child = int(line)

    def has_ended(self, timeout_s: float) -> bool:
        """Wait for the child's end; False if it goes on for longer."""
        assert self._process.stdout is not None
        return is_ready(self._process.stdout.fileno(), timeout_s)

    def wait(self) -> int:
        """Return the child's exit code, negative for a signal."""
        if self.child is not None:
            line = self._line()
            self.child = None
            self._code = int(line) if line else self._process.wait()
        return self._code

    def kill_group(self) -> None:
        """Kill the child, with everything it started, if it runs."""
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child, signal.SIGKILL)

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def is_ready(handle: int, timeout_s: float) -> bool:
    """Wait until a file can be read, or a process has ended; False if that takes longer."""
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    return bool(waiting.poll(min(math.ceil(timeout_s * 1e3), 2**31 - 1)))


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()


# -- the process ------------------------------------------------------------------------------


def main() -> None:
    """Load the module, then fork a child for each line; ends when the parent does."""
    if FIRST in os.environ:
        with contextlib.suppress(Exception):  # a child tells what it misses
            importlib.import_module(os.environ[FIRST])
    module = importlib.import_module(sys.argv[1])
    if hasattr(module, "preload"):
        module.preload()
    gc.freeze()  # collecting in a child would copy what they share
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _answer(module, Path(json.loads(line)))
        print(pid, flush=True)
        code = _end_of(pid)
        if code is None:
            return
        print(code, flush=True)


def _end_of(pid: int) -> int | None:
    """Wait for a child, and return its exit code; None if the parent was gone before."""
    handle = os.pidfd_open(pid)
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    waiting.register(sys.stdin.fileno(), select.POLLIN)
    ready = [number for number, _ in waiting.poll()]
    # While it is a zombie its number is its own, and the group's.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if handle not in ready:  # no line comes while a child runs: that was the end of the parent
        return None
    os.close(handle)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _answer(module: Any, folder: Path) -> None:
    """Be the child: as `Launcher` starts one, but for the imports."""
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        errors = os.open(folder / "errors", os.O_WRONLY | os.O_CREAT)
        for source, target in ((nothing, 0), (nothing, 1), (errors, 2)):
            os.dup2(source, target)
        os.environ["TMPDIR"] = str(folder / "tmp")
        tempfile.tempdir = None  # what was loaded may have asked for the folder
        sys.argv = [module.__name__, str(folder)]
        module.main()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
