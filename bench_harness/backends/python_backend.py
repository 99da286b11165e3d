"""Pure Python: nested lists and floats, the standard library only."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Host


class PythonBackend(Backend):
    """The interpreter itself."""

    name = "python"
    module = "math"
    distribution = "python"
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


BACKEND = PythonBackend()
