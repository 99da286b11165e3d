"""Adapters to the backends, resolved by name and imported on first use."""

from __future__ import annotations

import functools
import importlib

from bench_harness.backends.base import Backend, Host
from bench_harness.errors import UnknownNameError

__all__ = [
    "NAMES",
    "PORTABLE",
    "PORTABLE_BACKENDS",
    "REFERENCE",
    "Backend",
    "Host",
    "get_adapter",
    "split_label",
]

NAMES = ("python", "numpy", "numba", "torch", "jax", "cupynumeric", "cupy")
"""Every backend, in the order tables show them."""

PORTABLE = "portable"
"""The variant of an implementation that is written once, against the array protocol."""

PORTABLE_BACKENDS = ("numpy", "torch", "jax", "cupynumeric", "cupy")
"""Backends with arrays of their own, on which portable implementations run."""

REFERENCE = "numpy"
"""The backend whose plain variant every other output is compared with."""


@functools.cache
def get_adapter(name: str) -> Backend:
    """Return the adapter called `name`; raises `UnknownNameError`. Imports no framework."""
    if name not in NAMES:
        raise UnknownNameError("backend", name, NAMES)
    module = importlib.import_module(f"bench_harness.backends.{name}_backend")
    backend: Backend = module.BACKEND
    return backend


def split_label(label: str) -> tuple[str, str]:
    """Split ``"torch.compile"`` into backend and variant (empty for the plain one)."""
    backend, _, variant = label.partition(".")
    return backend, variant
