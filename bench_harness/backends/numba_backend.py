"""Numba: functions compiled by LLVM on their first call."""

from __future__ import annotations

import functools
import hashlib
import time
from pathlib import Path
from typing import Any

from bench_harness.backends.base import Backend, Function, Host


class NumbaBackend(Backend):
    """Implementation files carry their own ``@njit``."""

    name = "numba"
    module = "numba"
    distribution = "numba"
    features = ("jit", "parallel")
    can_fork = True

    def worker_env(self, host: Host) -> dict[str, str]:
        cache = host.cache_dir / "numba"
        if host.suites is not None:
            cache /= _digest(host.suites)
        return {"NUMBA_NUM_THREADS": str(host.threads), "NUMBA_CACHE_DIR": str(cache)}

    def current_threads(self) -> int:
        import numba

        return int(numba.get_num_threads())

    def furnish(self, host: Host, variant: str) -> None:
        from numba.core import config

        config.reload_config()

    def start(self, host: Host) -> None:
        import numba

        numba.set_num_threads(host.threads)

    def runtime(self) -> dict[str, Any]:
        import numba

        try:
            layer = numba.threading_layer()
        except ValueError:  # no parallel function has run
            layer = None
        return {"threading_layer": layer, "threads": numba.get_num_threads()}

    def idiomatic(self, function: Function) -> Function:
        import numba

        compiled: Function = numba.njit(function)
        return compiled

    def host_work(self, call: functools.partial[Any]) -> str | None:
        from numba.core.dispatcher import Dispatcher

        known = [call.func, *getattr(call.func, "__globals__", {}).values()]
        for function in (one for one in known if isinstance(one, Dispatcher)):
            for compiled in function.overloads.values():
                if compiled.objectmode or compiled.lifted:
                    name = function.py_func.__name__
                    return f"{name}() runs the interpreter: Numba's object mode"
        return None

    def compilations(self) -> int:
        return _compiled.count

    def compile_stages_s(self) -> dict[str, float]:
        return {"compile": _compiled.seconds}

    def load(self) -> None:
        super().load()
        _compiled.listen()


def _digest(suites: Path) -> str:
    """Return a digest of all files that the implementations of some suites can share code in.

    Numba compiles a function anew when its own file has changed, not when one has that it calls
    into: it would go on running what is no longer there.
    """
    digest = hashlib.sha256()
    files = [file for depth in ("", "*/", "*/*/") for file in suites.glob(f"{depth}*.py")]
    for file in sorted(files):
        digest.update(f"{file}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class _CompileCounter:
    """Counts and times numba's compile events, which also fire for functions called by others."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self._depth = 0
        self._since = 0.0

    def listen(self) -> None:
        from numba.core import event

        class Listener(event.Listener):  # type: ignore[misc]
            def on_start(listener, _event: Any) -> None:
                self.count += 1
                if self._depth == 0:  # what a function calls is compiled within its own time
                    self._since = time.perf_counter()
                self._depth += 1

            def on_end(listener, _event: Any) -> None:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.perf_counter() - self._since

        event.register("numba:compile", Listener())


_compiled = _CompileCounter()

BACKEND = NumbaBackend()
