"""Fixtures shared by the tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import settings

from bench_harness.backends import Host, get_adapter, split_label
from bench_harness.discovery import KernelFolder, discover, load_kernel
from bench_harness.errors import BackendUnavailableError
from bench_harness.kernel import Kernel
from bench_harness.measure import invoke
from bench_harness.measure.subject import load
from bench_harness.verify.compare import Report, verify

# Tests measure nothing that a neighbour could spoil, and other tests may run beside them.
os.environ["BENCH_HARNESS_LOCK"] = "off"

# Property tests try a fixed number of examples, the same in every run, with no time limit.
EXAMPLES = int(os.environ.get("BENCH_HARNESS_TEST_EXAMPLES", "50"))
settings.register_profile("suite", deadline=None, max_examples=EXAMPLES, derandomize=True)
settings.load_profile("suite")

STARTED: set[str] = set()


def skip_or_fail(backend: str, reason: str) -> NoReturn:
    """Skip a test whose backend is missing; fail where it is required.

    ``BENCH_HARNESS_TEST_REQUIRE=numba,jax`` (or ``all``) names those that must be there.
    """
    required = os.environ.get("BENCH_HARNESS_TEST_REQUIRE", "").split(",")
    if backend in required or "all" in required:
        pytest.fail(f"backend {backend} is required here, and unusable: {reason}")
    pytest.skip(reason)


def start_backend(name: str, cache_dir: Path) -> None:
    """Start a backend in this process, once; skip the test where it cannot be used."""
    adapter = get_adapter(name)
    if name in STARTED:
        return
    if not adapter.is_installed():
        skip_or_fail(name, f"backend {name} is not installed: {adapter.remedy()}")
    host = Host("cpu", 2, cache_dir)
    os.environ.update(adapter.worker_env(host))
    try:
        adapter.load()
        adapter.start(host)
    except BackendUnavailableError as error:
        skip_or_fail(name, str(error))
    STARTED.add(name)


@dataclass
class SuiteKernel:
    """A bundled kernel that tests can run in their own process."""

    folder: KernelFolder
    kernel: Kernel
    cache_dir: Path

    def inputs(
        self, preset: str = "smoke", dtype: str = "float64", seed: int = 0, **changed: Any
    ) -> dict[str, Any]:
        """Build the inputs of a preset; a sweep gives its first entry."""
        params = {
            name: value[0] if isinstance(value, list | tuple) else value
            for name, value in self.kernel.presets[preset].items()
        }
        return self.kernel.make(seed, dtype, {**params, **changed})

    def run(self, label: str, inputs: dict[str, Any]) -> dict[str, np.ndarray]:
        """Call one implementation and return its outputs by name."""
        name, _ = split_label(label)
        start_backend(name, self.cache_dir)
        backend = get_adapter(name)
        implementation = self.folder.implementation(label)
        assert implementation is not None, f"{self.folder.id} has no implementation {label}"
        loaded = load(implementation, inputs, "cpu")
        native = invoke.native_inputs(backend, inputs)
        if loaded.prepare is not None:
            native = dict(loaded.prepare(**native))
        returned = invoke.bind(backend, loaded, implementation.automatic_variant, native)()
        if wait := backend.synchronizer():
            wait(returned)
        return invoke.collect(backend, returned, self.kernel.outputs)[0]

    def verify(
        self, outputs: dict[str, np.ndarray], inputs: dict[str, Any], dtype: str = "float64"
    ) -> Report:
        """Judge outputs against the NumPy reference, as the runner does."""
        return verify(self.kernel, inputs, self.run("numpy", inputs), outputs, dtype, weak=outputs)


@pytest.fixture(scope="session")
def suite_kernel(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], SuiteKernel]:
    """Return ``get(kernel_id)`` for the bundled suites."""
    folders = discover()
    cache_dir = tmp_path_factory.mktemp("compile-cache")

    def get(kernel_id: str) -> SuiteKernel:
        folder = folders[kernel_id]
        return SuiteKernel(folder, load_kernel(folder), cache_dir)

    return get
