"""One interface over array libraries: write an algorithm once, run it on any of them.

`ArrayBackend` is the protocol; `create_arrays` returns the implementation of a backend, whose
library is imported then and not before. Users choose through `bench_harness.create_backend` and
its companions; see ``docs/backends.md``.
"""

from __future__ import annotations

import importlib

from bench_harness.arrays.mapping import vectorize_or_fallback
from bench_harness.arrays.protocol import Array, ArrayBackend
from bench_harness.backends import get_adapter

__all__ = ["MODULES", "Array", "ArrayBackend", "create_arrays", "vectorize_or_fallback"]

MODULES = {
    "numpy": "numpy_arrays",
    "numba": "numpy_arrays",
    "python": "numpy_arrays",
    "torch": "torch_arrays",
    "jax": "jax_arrays",
    "cupynumeric": "cupynumeric_arrays",
    "cupy": "cupy_arrays",
}
"""The file of every backend's implementation."""


def create_arrays(name: str, device: str = "cpu") -> ArrayBackend:
    """Return the array protocol on a backend that has been started in this process.

    Raises
    ------
    UnknownNameError
        If there is no such backend.
    """
    get_adapter(name)
    module = importlib.import_module(f"bench_harness.arrays.{MODULES[name]}")
    backend: ArrayBackend = module.create(name, device)
    return backend
