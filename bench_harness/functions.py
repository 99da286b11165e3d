"""One verified implementation of a suite as a plain function, in the user's own process."""

from __future__ import annotations

import functools
import threading
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bench_harness.backends import REFERENCE, Backend
from bench_harness.backends.local import start
from bench_harness.discovery import (
    KernelFolder,
    Loaded,
    discover,
    load_implementation,
    load_kernel,
)
from bench_harness.errors import ConfigurationError, UnknownNameError
from bench_harness.kernel import Kernel

SMOKE = "smoke"


def bundled_kernels() -> Mapping[str, KernelFolder]:
    """Return the kernels of the bundled suites by id; imports none."""
    # One thread reads: of two that parse at once, one may end in a SystemError (CPython 3.11).
    with _discovering:
        return _bundled_kernels()


_discovering = threading.Lock()
_bundled_kernels = functools.cache(discover)


@functools.cache
def definition(kernel_id: str) -> tuple[Kernel, Mapping[str, Any]]:
    """Return a kernel's definition and the inputs of its smallest preset."""
    folders = bundled_kernels()
    if kernel_id not in folders:
        raise UnknownNameError("kernel", kernel_id, folders)
    kernel = load_kernel(folders[kernel_id])
    params = {
        name: value[0] if isinstance(value, list | tuple) else value
        for name, value in kernel.presets[SMOKE].items()
    }
    return kernel, kernel.make(0, "float64", params)


class SuiteFunction:
    """A kernel on one backend: native arrays in and out, or NumPy arrays in and out.

    Parameters
    ----------
    function : callable
        The implementation, compiled where its backend compiles; native arguments by position.
    backend : Backend
        Started.
    outputs : tuple of str
    name : str
        Of the result's type, where there are several outputs.
    """

    def __init__(
        self, function: Callable[..., Any], backend: Backend, outputs: tuple[str, ...], name: str
    ) -> None:
        self.function = function
        self.backend = backend
        self._several: Any = namedtuple(name, outputs) if len(outputs) > 1 else None
        self._outputs = outputs
        # Types that are passed on as they are: arrays come first, found at once on each call.
        self.native: tuple[type, ...] = (float, int, bool, str)

    def __call__(self, *args: Any) -> Any:
        """Call the implementation; NumPy arrays are converted there and back."""
        for value in args:
            if type(value) not in self.native:
                return self.converted(args)
        return self.named(self.function(*args))

    def converted(self, args: tuple[Any, ...]) -> Any:
        """Convert NumPy arrays, and the result back unless an argument was native."""
        given, any_native = [], False
        for value in args:
            if isinstance(value, float | int | str):
                given.append(value)
            elif self.backend.is_native(value):
                any_native = True
                if type(value) not in self.native:
                    self.native = (type(value), *self.native)
                given.append(value)
            elif isinstance(value, np.ndarray | np.generic):
                given.append(self.backend.from_numpy(np.asarray(value)))
            else:
                raise ConfigurationError(
                    f"An argument is a {type(value).__module__}.{type(value).__qualname__}; "
                    f"backend {self.backend.name!r} takes NumPy arrays, its own arrays on its "
                    "device, and numbers."
                )
        result = self.named(self.function(*given))
        if any_native:
            return result
        if self._several is not None:
            return self._several._make(map(self.backend.to_numpy, result))
        return self.backend.to_numpy(result)

    def named(self, returned: Any) -> Any:
        """Return one output alone, and several as a named tuple in the kernel's order."""
        if isinstance(returned, dict):
            returned = tuple(returned[name] for name in self._outputs)
        if self._several is not None:
            return self._several._make(returned)
        return returned[0] if type(returned) is tuple else returned


@functools.cache
def suite_function(kernel_id: str, backend: str, variant: str, device: str) -> SuiteFunction:
    """Return a kernel's implementation on a backend, ready to be called.

    Raises
    ------
    ConfigurationError
        If the kernel has no such implementation; names those it has.
    BackendUnavailableError
        If the backend cannot be used here.
    """
    kernel, sample = definition(kernel_id)
    folder = bundled_kernels()[kernel_id]
    label = f"{backend}.{variant}" if variant else backend
    implementation = folder.implementation(label)
    if implementation is None:
        given = kernel.unsupported.get(label)
        raise ConfigurationError(
            f"Kernel {kernel_id} has no implementation {label!r}"
            + (f": {given}" if given else "")
            + f"; it has: {', '.join(found.label for found in folder.implementations)}."
        )
    adapter = start(backend, device)
    adapter.require(variant)
    loaded = load_implementation(implementation, sample)
    function = adapter.compile(loaded.function, implementation.automatic_variant, sample)
    order = parameters(kernel_id)
    if loaded.prepare is not None or loaded.parameters != order:
        function = _by_name(function, loaded, order)
    return SuiteFunction(function, adapter, tuple(kernel.outputs), folder.name)


@functools.cache
def parameters(kernel_id: str) -> tuple[str, ...]:
    """Return the names of a kernel's arguments, in the order its reference takes them."""
    reference = bundled_kernels()[kernel_id].implementation(REFERENCE)
    assert reference is not None  # `load_kernel` has seen to it
    return load_implementation(reference, definition(kernel_id)[1]).parameters


def _by_name(
    function: Callable[..., Any], loaded: Loaded, order: tuple[str, ...]
) -> Callable[..., Any]:
    """Return `function` taking its arguments in another order, prepared where it prepares."""

    def call(*args: Any) -> Any:
        inputs: Mapping[str, Any] = dict(zip(order, args, strict=True))
        if loaded.prepare is not None:
            inputs = loaded.prepare(**inputs)
        return function(*(inputs[name] for name in loaded.parameters))

    return call
