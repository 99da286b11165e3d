"""Run numerical kernels on every backend, check that all agree, and tell which is fastest.

The public names are imported on first use: a worker starts by importing this package, and what
it does not need must not stand in its times.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench_harness.advise import recommend
    from bench_harness.errors import (
        BackendUnavailableError,
        ConfigurationError,
        HarnessError,
        NothingComparableError,
        RecordError,
        SuiteError,
        UnknownNameError,
    )
    from bench_harness.kernel import ErrorBudget, Figure, Gradient, Invariant, Kernel

__version__ = "0.1.0"

__all__ = [
    "BackendUnavailableError",
    "ConfigurationError",
    "ErrorBudget",
    "Figure",
    "Gradient",
    "HarnessError",
    "Invariant",
    "Kernel",
    "NothingComparableError",
    "RecordError",
    "SuiteError",
    "UnknownNameError",
    "__version__",
    "recommend",
]

_HOMES = {
    "advise": ("recommend",),
    "errors": (
        *("BackendUnavailableError", "ConfigurationError", "HarnessError"),
        *("NothingComparableError", "RecordError", "SuiteError", "UnknownNameError"),
    ),
    "kernel": ("ErrorBudget", "Figure", "Gradient", "Invariant", "Kernel"),
}
"""Where each public name is defined."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
