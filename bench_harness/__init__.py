"""Run numerical kernels on every backend, check that all agree, and tell which is fastest."""

from bench_harness.errors import (
    BackendUnavailableError,
    ConfigurationError,
    HarnessError,
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
    "RecordError",
    "SuiteError",
    "UnknownNameError",
    "__version__",
]
