"""Run any implementation in this process and judge what it returns, as the runner does.

Beside the project's verdict stand two others that know nothing of it: how far a result is from
the reference in units of its budget (`distance`), computed anew from the documented formula, and
what the comparison that most public benchmarks use would say (`accepted_by_allclose`).
"""

from __future__ import annotations

import ctypes
import itertools
import math
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench_harness.backends import Backend, get_adapter, split_label
from bench_harness.discovery import KernelFolder, discover, load_kernel
from bench_harness.errors import ConfigurationError
from bench_harness.kernel import Kernel, eps_of, tolerance_for
from bench_harness.measure import invoke
from bench_harness.measure.subject import Subject, inputs_digest, load
from bench_harness.verify.compare import verify
from tests.conftest import start_backend

IN_PROCESS = ("python", "numpy", "numba", "torch", "jax")
BACKENDS = (*IN_PROCESS, "cupynumeric")
"""A call takes cuPyNumeric milliseconds at least: only wrong results are planted there."""
PRESET_LIMIT_S = 0.12
"""Presets whose reference takes longer are left to the runner."""

LARGE = ("full", "large")
"""Presets of these names are tried at their small points only: those with no more than
`SMALL` things to compute on, by their parameters."""
SMALL = 100
MOST_THINGS = 5_000_000
MOST_NUMBERS = 500_000
"""Presets with more to compute on, by their parameters, are not made at all; those with more
numbers in their inputs are not run. A result can be far larger than what it is computed from."""

CACHE_DIR = Path(tempfile.mkdtemp(prefix="bench-harness-faults-"))


@dataclass(frozen=True)
class Standard:
    """A kernel with the inputs, reference and truth that its results are judged by."""

    folder: KernelFolder
    kernel: Kernel
    preset: str
    dtype: str
    inputs: Mapping[str, Any] = field(repr=False)
    reference: Mapping[str, np.ndarray] = field(repr=False)
    truth: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True)
class Result:
    """What one call returned, and what was called."""

    subject: Subject
    returned: Any

    @property
    def backend(self) -> Backend:
        return self.subject.backend

    def replaced(self, returned: Any, **native: Any) -> Result:
        """Return the result with another value returned, and with arguments overwritten."""
        subject = replace(self.subject, native={**self.subject.native, **native})
        return Result(subject, returned)

    def outputs(self) -> dict[str, np.ndarray]:
        """Return the outputs by name, as NumPy arrays; raises `OutputError`."""
        return self.subject.collect(self.returned)[0]


def usable(label: str) -> bool:
    """Tell whether an implementation can run in this process; starts its backend if so."""
    name, variant = split_label(label)
    if name not in BACKENDS or variant == "compile":
        return False
    try:
        start_backend(name, CACHE_DIR)
    except pytest.skip.Exception:
        return False
    return True


def labels(folder: KernelFolder, dtype: str, backends: Sequence[str] = IN_PROCESS) -> list[str]:
    """Return the implementations that run in this process in a dtype."""
    return [
        found.label
        for found in folder.implementations
        if found.backend in backends
        and dtype in get_adapter(found.backend).dtypes
        and usable(found.label)
    ]


def points(kernel: Kernel) -> dict[str, dict[str, Any]]:
    """Return the parameters of every preset, a sweep's entries as ``preset:name=value``."""
    found = {}
    for preset, params in kernel.presets.items():
        swept = [name for name, value in params.items() if isinstance(value, list | tuple)]
        for values in itertools.product(*(params[name] for name in swept)):
            chosen = dict(zip(swept, values, strict=True))
            suffix = ",".join(f"{name}={value}" for name, value in chosen.items())
            found[f"{preset}:{suffix}" if swept else preset] = {**params, **chosen}
    return found


def inputs_of(kernel: Kernel, preset: str, dtype: str, seed: int) -> dict[str, Any]:
    """Make the inputs of a preset, or of one point of a sweep, as `points` names it."""
    return kernel.make(seed, dtype, points(kernel)[preset])


def run(folder: KernelFolder, label: str, inputs: Mapping[str, Any]) -> Result:
    """Call an implementation on fresh arguments."""
    name, _ = split_label(label)
    start_backend(name, CACHE_DIR)
    backend = get_adapter(name)
    implementation = folder.implementation(label)
    assert implementation is not None
    loaded = load(implementation, inputs, "cpu")
    native = invoke.native_inputs(backend, inputs)
    if loaded.prepare is not None:
        native = dict(loaded.prepare(**native))
    call = invoke.bind(backend, loaded, implementation.automatic_variant, native)
    subject = Subject(
        backend=backend,
        kernel=load_kernel(folder),
        implementation=implementation,
        inputs=inputs,
        native=native,
        loaded=loaded,
        call=call,
        wait=backend.synchronizer(),
        started_rss=None,
        baseline_rss=None,
    )
    spoil_free_memory()
    return _call(subject)


def run_again(subject: Subject, inputs: Mapping[str, Any]) -> Result:
    """Call what is compiled already on other inputs, which differ in their numbers only.

    What is left in free memory is of other inputs, and wrong without being spoiled.
    """
    return _call(subject.on(inputs))


def _call(subject: Subject) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Result(subject, subject.first_call())


@cache
def _standard(root: str, kernel_id: str, preset: str, dtype: str, seed: int) -> Standard:
    folder = discover([Path(root)])[kernel_id]
    kernel = load_kernel(folder)
    inputs = inputs_of(kernel, preset, dtype, seed)
    reference = run(folder, "numpy", inputs).outputs()
    truth = None
    if kernel.truth is not None and preset.split(":")[0] in kernel.truth_presets:
        truth = kernel.truth(inputs)
    return Standard(folder, kernel, preset, dtype, inputs, reference, truth)


def standard(folder: KernelFolder, preset: str, dtype: str, seed: int = 0) -> Standard:
    """Return a kernel's standard; made once, so that a truth at 50 digits is computed once."""
    return _standard(str(folder.path), folder.id, preset, dtype, seed)


@cache
def _cheap_presets(root: str, kernel_id: str, dtype: str, limit_s: float) -> tuple[str, ...]:
    folder = discover([Path(root)])[kernel_id]
    kernel = load_kernel(folder)
    things = {preset: _things(params) for preset, params in points(kernel).items()}
    digests: dict[str, str] = {}
    for preset in sorted(things, key=lambda point: (not is_smoke(point), things[point])):
        if things[preset] > (SMALL if preset.split(":")[0] in LARGE else MOST_THINGS):
            continue
        try:
            inputs = inputs_of(kernel, preset, dtype, 0)
        except ConfigurationError:  # the kernel refuses these parameters in this dtype
            continue
        if sum(np.size(value) for value in inputs.values()) > MOST_NUMBERS:
            continue
        digest = inputs_digest(inputs)
        if digest in digests.values():
            continue
        start = time.process_time()
        run(folder, "numpy", inputs)
        if time.process_time() - start > limit_s and not is_smoke(preset):
            break
        digests[preset] = digest
    return tuple(digests)


def _things(params: Mapping[str, Any]) -> int:
    """Return about how much there is to compute on: the product of the whole numbers."""
    return math.prod(value for value in params.values() if isinstance(value, int) and value > 1)


def is_smoke(preset: str) -> bool:
    return preset.split(":")[0] == "smoke"


def smallest(kernel: Kernel) -> str:
    """Return the smoke preset, or its first point where it is a sweep."""
    return next(preset for preset in points(kernel) if is_smoke(preset))


def cheap_presets(
    folder: KernelFolder, dtype: str = "float64", limit_s: float = PRESET_LIMIT_S
) -> tuple[str, ...]:
    """Return the presets worth trying a fault on, ``smoke`` first: different inputs, quick."""
    return _cheap_presets(str(folder.path), folder.id, dtype, limit_s)


def forget() -> None:
    """Drop what is kept of the kernels that were tried."""
    _standard.cache_clear()
    _cheap_presets.cache_clear()


# -- verdicts ------------------------------------------------------------------------------


def verdict(standard: Standard, result: Result) -> str | None:
    """Return why the project refuses a result, or None if it accepts it."""
    kernel = standard.kernel
    try:
        outputs, weak = result.subject.collect(result.returned)
        result.subject.check_inputs_unchanged()
    except invoke.OutputError as error:
        return str(error)
    report = verify(
        kernel,
        standard.inputs,
        standard.reference,
        outputs,
        standard.dtype,
        weak=weak,
        truth=standard.truth,
    )
    return None if report.passed else "; ".join(report.failures) or "nothing was compared"


def accepted_by_allclose(standard: Standard, returned: Any) -> bool:
    """Tell whether ``all(allclose(...) for ... in zip(...))`` would accept a result.

    With NumPy's default tolerances, as public benchmarks do it. An exception counts in its
    favour, as a fault that was seen.
    """
    if isinstance(returned, Mapping):
        values = list(returned.values())
    else:
        values = list(returned) if isinstance(returned, tuple) else [returned]
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return all(
                np.allclose(np.asarray(value), expected, rtol=1e-5, atol=1e-8)
                for value, expected in zip(values, standard.reference.values(), strict=False)
            )
    except Exception:
        return False


@dataclass(frozen=True)
class Distance:
    """How far a result is from the reference."""

    budgets: float
    """Largest error over the error allowed there; infinite where something else is wrong."""
    relative: float
    """Largest error over the largest magnitude of that output."""
    unjudged: float
    """`relative`, of the outputs that have no budget and that only invariants judge."""


def distance(standard: Standard, outputs: Mapping[str, np.ndarray]) -> Distance:
    """Measure outputs against the reference without the code that is being tested."""
    budgets = relative = unjudged = 0.0
    for name, reference in standard.reference.items():
        value = np.asarray(outputs[name])
        finite = np.isfinite(reference) if reference.dtype.kind in "fc" else np.array(True)
        if value.shape != reference.shape or not np.array_equal(
            np.where(finite, 0, reference),
            np.where(np.isfinite(value), 0, value),
            equal_nan=value.dtype.kind in "fc",
        ):
            return Distance(np.inf, np.inf, np.inf)
        if not reference.size:
            continue
        wide = np.result_type(reference, value, np.float64)
        with np.errstate(invalid="ignore"):
            error = np.abs(value.astype(wide) - reference.astype(wide))
        error = np.where(finite, error, 0.0)
        magnitude = np.where(finite, np.abs(reference), 0).astype(float)
        largest = float(magnitude.max())
        share = float(error.max()) / largest if largest else float(error.max() > 0)
        budget = standard.kernel.budget_for(name)
        if budget is None:
            unjudged = max(unjudged, share)
            continue
        relative = max(relative, share)
        scale = magnitude if budget.relative_to == "entry" else largest
        dtype = np.dtype(standard.dtype)
        allowed = tolerance_for(budget.atol, standard.dtype)
        allowed = allowed + tolerance_for(budget.rtol, standard.dtype) * scale
        allowed = allowed + budget.ulp * np.spacing(magnitude.astype(dtype)).astype(float)
        if budget.bound is not None:
            allowed = allowed + budget.bound(standard.inputs, reference, eps_of(standard.dtype))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(error > 0, error / allowed, 0.0)
        budgets = max(budgets, float(ratio.max()))
    return Distance(budgets, relative, unjudged)


def same_bits(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    """Tell whether two results are the same in every bit."""
    return all(
        (one[n].dtype, one[n].shape, one[n].tobytes())
        == (other[n].dtype, other[n].shape, other[n].tobytes())
        for n in one
    )


# -- memory --------------------------------------------------------------------------------


@cache
def _perturb() -> None:
    """Let the C library fill what it hands out with garbage, where it is glibc."""
    try:
        ctypes.CDLL(None).mallopt(-6, 1)  # M_PERTURB
    except (OSError, AttributeError):
        return


def spoil_free_memory() -> None:
    """Make `numpy.empty` return garbage.

    A call that leaves an entry unwritten would otherwise often find there what the call before
    it wrote: the right answer.
    """
    _perturb()
    # NumPy keeps up to seven freed blocks of each size below 1 KiB for itself.
    for size in range(1, 128):
        blocks = [np.empty(size) for _ in range(7)]  # np.full takes ten times as long
        for block in blocks:
            block.fill(np.nan)
        del block, blocks
