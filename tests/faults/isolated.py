"""Run one planted source in a process of its own: it may hang, or crash the interpreter.

The process is kept for the next one, so that frameworks are imported once; after a hang or a
crash a fresh one is started.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Job = Callable[..., Any]


class Isolated:
    """Calls functions of importable modules elsewhere, one at a time, under a time limit."""

    def __init__(self) -> None:
        self._process: Any = None
        self._pipe: Connection | None = None

    def call(self, job: Job, *args: Any, timeout_s: float) -> Any:
        """Return what the job returns; raises RuntimeError for a hang, a crash, an exception."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, there = context.Pipe()
            self._process = context.Process(target=_serve, args=(there,), daemon=True)
            self._process.start()
            there.close()
        assert self._pipe is not None
        self._pipe.send((job, args))
        try:
            if not self._pipe.poll(timeout_s):
                self.close()
                raise RuntimeError(f"no answer within {timeout_s:g} s")
            ok, answer = self._pipe.recv()
        except EOFError:
            self.close()
            raise RuntimeError("the process crashed") from None
        if not ok:
            raise RuntimeError(answer)
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = None


def _serve(pipe: Connection) -> None:
    while True:
        try:
            job, args = pipe.recv()
        except EOFError:
            return
        try:
            with contextlib.redirect_stdout(sys.stderr):
                answer = (True, job(*args))
        except BaseException as error:
            answer = (False, traceback.format_exception_only(error)[-1].strip())
        pipe.send(answer)


@contextlib.contextmanager
def scratch() -> Any:
    """Yield a folder that does not exist yet and is removed with the modules read from it."""
    parent = Path(tempfile.mkdtemp(prefix="bench-harness-mutant-")).resolve()
    before = set(sys.modules)
    try:
        yield parent / "suites"
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("_bench_suites_"):
                del sys.modules[name]
        shutil.rmtree(parent, ignore_errors=True)
