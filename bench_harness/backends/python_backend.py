"""Pure Python: nested lists and floats, the standard library only."""

from __future__ import annotations

import functools
import platform
import shlex
import sys
import sysconfig
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Host

LIBRARIES = {"numpy", "scipy", "numba", "torch", "jax", "cupynumeric"}


class PythonBackend(Backend):
    """The interpreter itself."""

    name = "python"
    module = "math"
    distribution = "python"
    can_fork = True
    dtypes = ("float64",)

    def version(self) -> str:
        return platform.python_version()

    def start(self, host: Host) -> None:
        """Nothing to initialise."""

    def from_numpy(self, array: np.ndarray) -> Any:
        return array.tolist()

    def overwrite(self, array: Any, value: Any) -> None:
        array[:] = value

    def is_native(self, value: Any) -> bool:
        return isinstance(value, list | tuple | float | int | complex)

    def runtime(self) -> dict[str, Any]:
        """How the interpreter was built: interpreters of one version differ by that alone."""
        words = shlex.split(sysconfig.get_config_var("CONFIG_ARGS") or "")
        options = [w for w in words if w.startswith(("--enable", "--with")) and "/" not in w]
        return {"compiler": platform.python_compiler(), "options": " ".join(options) or None}

    def host_work(self, call: functools.partial[Any]) -> str | None:
        found: set[str] = set()

        def note(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":  # whatever is called in it: a ufunc is no function of Python
                known = map(frame.f_globals.get, frame.f_code.co_names)
                found.update(filter(None, map(_library, known)))

        sys.setprofile(note)
        try:
            call()
        finally:
            sys.setprofile(None)
        return f"its code uses {', '.join(sorted(found))}" if found else None


def _library(value: Any) -> str | None:
    """Return the library of arrays that a module, function or type belongs to, if one."""
    name = getattr(value, "__name__" if isinstance(value, ModuleType) else "__module__", None)
    top = str(name or type(value).__module__).partition(".")[0]
    return top if top in LIBRARIES else None


BACKEND = PythonBackend()
