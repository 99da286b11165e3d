"""Run numerical kernels on every backend, check that all agree, and tell which is fastest.

The public names are imported on first use: a worker starts by importing this package, and what
it does not need must not stand in its times.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench_harness.advise import recommend
    from bench_harness.arrays import ArrayBackend, vectorize_or_fallback
    from bench_harness.errors import (
        BackendUnavailableError,
        ConfigurationError,
        DifferentiationError,
        HarnessError,
        NothingComparableError,
        RecordError,
        SuiteError,
        UnknownNameError,
        UnsupportedOperationError,
    )
    from bench_harness.frame import load_results
    from bench_harness.kernel import ErrorBudget, Figure, Gradient, Invariant, Kernel
    from bench_harness.selection import (
        available_backends,
        create_backend,
        get_backend,
        get_backend_info,
        get_device,
        print_backend_info,
        set_backend,
        set_device,
        use_backend,
    )

__version__ = "0.1.0"

__all__ = [
    "ArrayBackend",
    "BackendUnavailableError",
    "ConfigurationError",
    "DifferentiationError",
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
    "UnsupportedOperationError",
    "__version__",
    "available_backends",
    "create_backend",
    "get_backend",
    "get_backend_info",
    "get_device",
    "load_results",
    "print_backend_info",
    "recommend",
    "set_backend",
    "set_device",
    "use_backend",
    "vectorize_or_fallback",
]

_HOMES = {
    "advise": ("recommend",),
    "arrays": ("ArrayBackend", "vectorize_or_fallback"),
    "errors": (
        *("BackendUnavailableError", "ConfigurationError", "DifferentiationError"),
        *("HarnessError", "UnsupportedOperationError"),
        *("NothingComparableError", "RecordError", "SuiteError", "UnknownNameError"),
    ),
    "frame": ("load_results",),
    "kernel": ("ErrorBudget", "Figure", "Gradient", "Invariant", "Kernel"),
    "selection": (
        *("available_backends", "create_backend", "get_backend", "get_backend_info", "get_device"),
        *("print_backend_info", "set_backend", "set_device", "use_backend"),
    ),
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
