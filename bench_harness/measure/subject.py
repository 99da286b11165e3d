"""One case inside its worker: backend started, inputs in place, everything bound to one call."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness import allocator, npz
from bench_harness.backends import Backend, Host, get_adapter
from bench_harness.discovery import (
    Implementation,
    Loaded,
    discover,
    load_implementation,
    load_kernel,
)
from bench_harness.errors import SuiteError
from bench_harness.kernel import Kernel
from bench_harness.measure import invoke, proc
from bench_harness.measure.life import Life


@dataclass
class Subject:
    """What is measured, checked and audited.

    Parameters
    ----------
    backend : Backend
        Started on the case's device.
    kernel : Kernel
    implementation : Implementation
    inputs : mapping
        As `make_inputs` gave them: NumPy.
    native : dict
        The same as arrays of the backend, after the implementation's ``prepare``.
    loaded : Loaded
        The implementation as imported.
    call : functools.partial
        The implementation, compiled where its backend or variant asks, with its arguments bound.
    wait : callable, optional
        Blocks until outputs are computed.
    started_rss : int, optional
        Resident bytes when the backend was started.
    baseline_rss : int, optional
        Resident bytes before the implementation was loaded.
    """

    backend: Backend
    kernel: Kernel
    implementation: Implementation
    inputs: Mapping[str, Any]
    native: dict[str, Any]
    loaded: Loaded
    call: functools.partial[Any]
    wait: Callable[[Any], Any] | None
    started_rss: int | None
    baseline_rss: int | None

    def first_call(self) -> Any:
        """Call once, wait, and return what came back."""
        output = self.call()
        if self.wait is not None:
            self.wait(output)
        return output

    def on(self, inputs: Mapping[str, Any]) -> Subject:
        """Return the same compiled function with other inputs bound to it."""
        native = invoke.native_inputs(self.backend, inputs)
        if self.loaded.prepare is not None:
            native = dict(self.loaded.prepare(**native))
        parameters = self.loaded.parameters
        # A partial of a partial is one partial: a portable function's arrays come first in it.
        first = self.call.args[: len(self.call.args) - len(parameters)]
        call = functools.partial(self.call.func, *first, *(native[name] for name in parameters))
        return dataclasses.replace(self, inputs=inputs, native=native, call=call)

    def collect(self, returned: Any) -> tuple[dict[str, np.ndarray], list[str]]:
        """Return outputs by name as NumPy arrays, and the names of those without a dtype."""
        return invoke.collect(self.backend, returned, self.kernel.outputs)

    def save(self, returned: Any, path: Path) -> list[str]:
        """Write the outputs to `path`; returns the names of those without a dtype."""
        outputs, weak = self.collect(returned)
        npz.save(path, outputs)
        return weak

    def restorer(self) -> Callable[[], None] | None:
        """Return what puts the inputs that the kernel overwrites back in place, if it does."""
        if not self.kernel.mutates:
            return None

        def restore() -> None:
            for name in self.kernel.mutates:
                value = self.backend.from_numpy(self.inputs[name])
                self.backend.overwrite(self.native[name], value)

        return restore

    def check_inputs_unchanged(self) -> None:
        """Refuse a case that overwrote an input: its later calls computed something else."""
        if self.loaded.prepare is not None:  # the native inputs need not be the inputs any more
            return
        for name in set(self.inputs) - set(self.kernel.mutates):
            value = self.inputs[name]
            if isinstance(value, np.ndarray) and not np.array_equal(
                value,
                self.backend.to_numpy(self.native[name]),
                equal_nan=value.dtype.kind in "fc",
            ):
                raise invoke.OutputError(
                    f"input {name!r} was overwritten by the call; if that is meant, declare "
                    f"mutates=({name!r},) in kernel.py"
                )

    def check_compiled(self, cold: bool) -> None:
        """Refuse a file that claims a compiler and compiled nothing.

        Numba loads from a warm cache without compiling, so it is asked only of a cold one.
        """
        claims = self.implementation.variant == "compile" or (self.backend.name == "numba" and cold)
        if claims and self.backend.compilations() == 0:
            raise SuiteError(
                f"{self.implementation.path} runs as {self.implementation.label!r}, and nothing "
                "in it was compiled."
            )


def prepare(request: Mapping[str, Any], life: Life, seed: int) -> Subject:
    """Start the backend, make the inputs, load the implementation.

    Parameters
    ----------
    request : mapping
        As `bench_harness.measure.runner` writes it.
    life : Life
        Receives the parts ``import``, ``init``, ``inputs``, ``to_device``, ``load``, ``prepare``.
    seed : int
        Seed of the inputs.
    """
    case = request["case"]
    backend = get_adapter(case["backend"])
    host = Host(case["device"], request["threads"], Path(request["cache_dir"]))
    allocator.keep_freed()
    with life.part("import"):
        backend.load()
    with life.part("init"):
        backend.furnish(host, case["variant"])
        backend.start(host)
        backend.require(case["variant"])
    started = proc.resident_bytes()
    with life.part("inputs"):
        (folder,) = discover([Path(request["kernel_path"])]).values()
        kernel = load_kernel(folder)
        inputs = kernel.make(seed, case["dtype"], case["params"])
    wait = backend.synchronizer()
    with life.part("to_device"):
        native = invoke.native_inputs(backend, inputs)
        if wait is not None:
            wait(list(native.values()))
    allocator.trim()
    baseline = proc.reset_peak_rss()
    path = Path(request["implementation_path"])
    implementation = Implementation(folder.id, case["backend"], case["variant"], path)
    with life.part("load"):
        loaded = load(implementation, inputs, case["device"])
    if loaded.prepare is not None:
        with life.part("prepare"):
            native = dict(loaded.prepare(**native))
    with life.part("load"):
        call = invoke.bind(backend, loaded, implementation.automatic_variant, native)
    return Subject(
        backend=backend,
        kernel=kernel,
        implementation=implementation,
        inputs=inputs,
        native=native,
        loaded=loaded,
        call=call,
        wait=wait,
        started_rss=started,
        baseline_rss=baseline,
    )


def load(implementation: Implementation, inputs: Iterable[str], device: str) -> Loaded:
    """Load an implementation; a portable one is given its first argument, the array backend."""
    loaded = load_implementation(implementation, inputs)
    if not implementation.is_portable:
        return loaded
    from bench_harness.arrays import create_arrays  # few workers need it

    arrays = create_arrays(implementation.backend, device)
    return dataclasses.replace(loaded, function=functools.partial(loaded.function, arrays))


def inputs_digest(inputs: Mapping[str, Any]) -> str:
    """Return a digest of names, dtypes, shapes and bits, equal wherever inputs are equal."""
    digest = hashlib.sha256()
    for name in sorted(inputs):
        value = inputs[name]
        if isinstance(value, np.ndarray):
            digest.update(f"{name}:{value.dtype}:{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).data)
        else:
            digest.update(f"{name}:{value!r}".encode())
    return digest.hexdigest()[:16]
