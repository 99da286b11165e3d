"""Plant the faults and record what became of each."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from bench_harness.discovery import Implementation, KernelFolder, discover, load_kernel
from bench_harness.kernel import Kernel
from bench_harness.measure import invoke
from bench_harness.measure.subject import inputs_digest
from tests.faults import bench, named, outputs, sources
from tests.faults.isolated import Isolated, scratch

Family = Literal["output", "source", "reference", "named", "plumbing"]
Fate = Literal["caught", "under budget", "missed", "also valid", "no effect"]

VISIBLE = {"float64": 1e-9, "float32": 1e-4}
"""A change of an output without a budget that is larger than this, relative to the largest
entry, is expected to break an invariant."""

HANG_S = 60.0
EACH = {"numpy": (2, 14), "python": (1, 4), "torch": (1, 3), "jax": (1, 3), "numba": (1, 1)}
"""Source faults of each operator, and in all, that are planted into one implementation."""


@dataclass(frozen=True)
class Finding:
    """One planted fault and what became of it."""

    family: Family
    kind: str
    kernel_id: str
    label: str
    preset: str
    dtype: str
    where: str
    fate: Fate
    reason: str = ""
    budgets: float = math.inf
    """Distance from the reference in budgets; infinite for wrong shapes, NaN, exceptions."""
    relative: float = math.inf
    unjudged: float = 0.0
    allclose_accepts: bool = False


def kernels(patterns: Iterable[str] = ()) -> list[tuple[KernelFolder, Kernel]]:
    """Return the bundled kernels whose id contains one of the patterns; all without any."""
    patterns = list(patterns)
    chosen = []
    for folder in discover().values():
        if folder.implementation("numpy") is None:
            continue  # not written yet
        if not patterns or any(pattern in folder.id for pattern in patterns):
            chosen.append((folder, load_kernel(folder)))
    return chosen


def judged(
    standard: bench.Standard,
    result: bench.Result,
    clean: Mapping[str, np.ndarray],
    **about: Any,
) -> Finding:
    """Return the finding about a wrong result; `clean` is what the right one is."""
    reason = bench.verdict(standard, result)
    naive = bench.accepted_by_allclose(standard, result.returned)
    common = {
        "kernel_id": standard.folder.id,
        "preset": standard.preset,
        "dtype": standard.dtype,
        "allclose_accepts": naive,
        **about,
    }
    try:
        found = result.outputs()
    except invoke.OutputError:
        return Finding(**common, fate="caught" if reason else "missed", reason=reason or "")
    away = bench.distance(standard, found)
    unjudged = 0.0
    if any(standard.kernel.budget_for(name) is None for name in found):
        # Where only invariants judge, backends differ from each other: the fault's size is its own.
        unjudged = bench.distance(replace(standard, reference=clean), found).unjudged
    sizes = {"budgets": away.budgets, "relative": away.relative, "unjudged": unjudged}
    if reason is not None:
        fate: Fate = "caught"
    elif bench.same_bits(found, clean):
        fate = "no effect"
    elif away.budgets > 1:
        fate = "missed"
    elif unjudged > VISIBLE[standard.dtype]:
        # Another sign, another order of equal pivots: of a change of the source, only a reader
        # can say whether it is a fault. A value that was overwritten is one.
        fate = "also valid" if about["family"] == "source" else "missed"
    else:
        fate = "under budget"
    return Finding(**common, fate=fate, reason=reason or "", **sizes)


# -- wrong results -------------------------------------------------------------------------


def output_faults(
    folder: KernelFolder,
    kernel: Kernel,
    backends: Sequence[str] = bench.IN_PROCESS,
    most: int | None = None,
) -> Iterator[Finding]:
    """Plant faults into the correct results of backends on the smallest preset.

    `most` is how many are drawn for each implementation and dtype, always the same ones; all of
    them by default.
    """
    for dtype in kernel.dtypes:
        standard = bench.standard(folder, bench.smallest(kernel), dtype)
        for label in bench.labels(folder, dtype, backends):
            if label not in backends:
                continue  # or a variant: the same arrays as the plain one
            clean = bench.run(folder, label, standard.inputs).outputs()
            stale = _stale(standard, label)
            result = bench.run(folder, label, standard.inputs)
            every = label == "numpy"
            faults = list(outputs.plant(result.backend, clean, stale, dtype, every))
            if most is not None and most < len(faults):
                faults = random.Random(f"{folder.id} {label} {dtype}").sample(faults, most)
            for fault in faults:
                wrong = result.replaced(fault.returned)
                yield judged(
                    standard, wrong, clean,
                    family="output", kind=fault.kind, label=label, where=fault.where,
                )  # fmt: skip
            if (finding := _overwritten_input(standard, result, clean, label)) is not None:
                yield finding


def _stale(standard: bench.Standard, label: str) -> dict[str, np.ndarray] | None:
    """Return outputs of the same shapes for other inputs, or None."""
    folder, kernel = standard.folder, standard.kernel
    inputs = bench.inputs_of(kernel, standard.preset, standard.dtype, 1)
    if inputs_digest(inputs) == inputs_digest(standard.inputs):
        scalars = [name for name, value in inputs.items() if isinstance(value, float) and value]
        if not scalars:
            return None
        inputs[scalars[0]] *= 1.01
    found = bench.run(folder, label, inputs).outputs()
    same = all(found[name].shape == standard.reference[name].shape for name in found)
    return found if same else None


def _overwritten_input(
    standard: bench.Standard, result: bench.Result, clean: Mapping[str, np.ndarray], label: str
) -> Finding | None:
    """Return a result that is right, from a call that changed the last bit of an input."""
    for name, value in standard.inputs.items():
        is_real = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
        if is_real and name in result.subject.native and name not in standard.kernel.mutates:
            changed = np.nextafter(value, np.inf)
            wrong = result.replaced(result.returned, **{name: result.backend.from_numpy(changed)})
            return judged(
                standard, wrong, clean,
                family="output", kind="an input overwritten", label=label, where=name,
            )  # fmt: skip
    return None


# -- wrong sources -------------------------------------------------------------------------


def source_faults(
    folder: KernelFolder, label: str, isolated: Isolated, each: int, most: int, alone: bool = True
) -> Iterator[Finding]:
    """Plant faults into the code of one implementation and run it on the cheap presets.

    Unless `alone` is false, those of the reference are judged a second time, without another
    reference to tell them by.
    """
    implementation = folder.implementation(label)
    assert implementation is not None
    found = sources.mutants(implementation, folder.name)
    compiled = implementation.backend in ("numba", "jax")
    for mutant in sources.choose(found, each, most, f"{folder.id}.{label}", compiled):
        yield _run_isolated(isolated, folder, label, mutant, False)
        if label == "numpy" and alone:
            yield _run_isolated(isolated, folder, label, mutant, True)


def _run_isolated(
    isolated: Isolated, folder: KernelFolder, label: str, mutant: sources.Mutant, alone: bool
) -> Finding:
    try:
        return isolated.call(run_mutant, folder.id, label, mutant, alone, timeout_s=HANG_S)
    except RuntimeError as error:
        return _broken(folder.id, label, mutant, alone, str(error))


def _broken(
    kernel_id: str, label: str, mutant: sources.Mutant, alone: bool, reason: str
) -> Finding:
    return Finding(
        family="reference" if alone else "source",
        kind=mutant.operator,
        kernel_id=kernel_id,
        label=label,
        preset="smoke",
        dtype="float64",
        where=_site(mutant),
        fate="caught",
        reason=reason,
    )


def _site(mutant: sources.Mutant) -> str:
    file = "/".join(mutant.path.parts[-2:])
    return f"{file}:{mutant.line}: `{mutant.before}` -> `{mutant.after}`"


_bundled = cache(discover)


@cache
def _clean(kernel_id: str, label: str, preset: str) -> dict[str, np.ndarray]:
    """Return a right result."""
    folder = _bundled()[kernel_id]
    inputs = bench.standard(folder, preset, "float64").inputs
    return bench.run(folder, label, inputs).outputs()


def run_mutant(kernel_id: str, label: str, mutant: sources.Mutant, alone: bool) -> Finding:
    """Run changed code on the cheap presets until it is caught; return the worst finding.

    Parameters
    ----------
    kernel_id, label : str
    mutant : Mutant
    alone : bool
        True if the change is in the reference itself, so that results are compared with
        themselves: only invariants and the truth can tell.
    """
    folder = _bundled()[kernel_id]
    implementation = folder.implementation(label)
    assert implementation is not None
    names = sources.reachable(implementation.path, folder.name)[mutant.path]
    found: list[Finding] = []
    with scratch() as into:
        planted = sources.plant(folder, mutant.path, sources.mutated(mutant, names), into)
        for preset in _presets(folder, implementation):
            found.append(_run_planted(folder, planted, label, mutant, preset, alone))
            if found[-1].fate == "caught":
                break
    return _telling(found)


def _telling(found: list[Finding]) -> Finding:
    """Return the one of several presets that says most; caught on one is caught."""
    order = ("caught", "missed", "also valid", "under budget", "no effect")
    return min(found, key=lambda finding: (order.index(finding.fate), -finding.relative))


def _presets(folder: KernelFolder, implementation: Implementation) -> list[str]:
    """Return the presets that are cheap for the reference and not slow for this one."""
    kernel = load_kernel(folder)
    presets = []
    for preset in bench.cheap_presets(folder):
        slow = kernel.slow and kernel.slow(implementation.label, bench.points(kernel)[preset])
        if slow or (implementation.backend != "numpy" and len(presets) == 3):
            continue
        presets.append(preset)
    return presets


def _run_planted(
    folder: KernelFolder,
    planted: KernelFolder,
    label: str,
    mutant: sources.Mutant,
    preset: str,
    alone: bool,
) -> Finding:
    standard = bench.standard(folder, preset, "float64")
    clean = _clean(folder.id, label, preset)
    try:
        result = bench.run(planted, label, standard.inputs)
        found = result.outputs()
    except Exception as error:
        return _broken(folder.id, label, mutant, alone, f"raised {type(error).__name__}: {error}")
    about = {
        "family": "reference" if alone else "source",
        "kind": mutant.operator,
        "label": label,
        "where": _site(mutant),
    }
    finding = judged(standard, result, clean, **about)
    if not alone or finding.fate == "no effect":
        return finding
    # The size of the fault is known; the verdict is that of a reference that has it as well.
    shared = bench.Standard(
        folder, standard.kernel, preset, "float64", standard.inputs, found, standard.truth
    )
    reason = bench.verdict(shared, result)
    if reason is not None:
        fate: Fate = "caught"
    else:
        fate = (
            "missed"
            if finding.budgets > 1 or finding.unjudged > VISIBLE["float64"]
            else "under budget"
        )
    return _with(finding, fate=fate, reason=reason or "", allclose_accepts=True)


def _with(finding: Finding, **changed: Any) -> Finding:
    return Finding(**{**finding.__dict__, **changed})


# -- named faults --------------------------------------------------------------------------


def named_faults(
    folder: KernelFolder, kernel: Kernel, limit_s: float = bench.PRESET_LIMIT_S
) -> Iterator[Finding]:
    """Plant the faults that were found in public code, where they concern this kernel."""
    presets = bench.cheap_presets(folder, kernel.dtypes[0], limit_s)
    for fault in named.faults_of(folder.id):
        found = []
        for preset in presets:
            found.append(_run_named(fault, folder, preset))
            if found[-1].fate == "caught":
                break
        yield _telling(found)


def _run_named(fault: named.Named, folder: KernelFolder, preset: str) -> Finding:
    standard = bench.standard(folder, preset, "float64")
    clean = _clean(folder.id, "numpy", preset)

    def reference(edited: Mapping[str, str] | None = None, **changed: Any) -> dict[str, np.ndarray]:
        inputs = {**standard.inputs, **changed}
        if edited is None:
            return bench.run(folder, "numpy", inputs).outputs()
        path = folder.path / f"{folder.name}_numpy.py"
        source = path.read_text(encoding="utf-8")
        for old, new in edited.items():
            if old not in source:
                raise named.DoesNotApply
            source = source.replace(old, new)
        with scratch() as into:
            planted = sources.plant(folder, path, source, into)
            return bench.run(planted, "numpy", inputs).outputs()

    about = {"family": "named", "kind": fault.title, "label": "numpy", "where": ""}
    try:
        with np.errstate(all="ignore"):
            returned = fault.wrong(dict(standard.inputs), reference)
    except named.DoesNotApply:
        return Finding(
            **about, kernel_id=folder.id, preset=preset, dtype="float64", fate="no effect",
            budgets=0.0, relative=0.0,
        )  # fmt: skip
    except Exception as error:  # as a worker: a case that raises has failed
        return Finding(
            **about, kernel_id=folder.id, preset=preset, dtype="float64", fate="caught",
            reason=f"raised {type(error).__name__}: {error}",
        )  # fmt: skip
    result = bench.run(folder, "numpy", standard.inputs)
    if isinstance(returned, dict):
        returned = {n: v if isinstance(v, list) else np.asarray(v) for n, v in returned.items()}
    return judged(standard, result.replaced(returned), clean, **about)


# -- right results -------------------------------------------------------------------------


@dataclass(frozen=True)
class Alarm:
    """A correct implementation that was refused."""

    kernel_id: str
    label: str
    preset: str
    dtype: str
    seed: int
    reason: str


KNOWN_DIFFERENCES = {
    ("array_ops/method", "jax", "special"): "XLA on the CPU flushes denormal numbers to zero",
}
"""Kernel, backend and preset where a refusal is right, and documented in docs/backends.md."""


def is_known(alarm: Alarm) -> bool:
    """Tell whether a right implementation is refused for what its backend is known to do."""
    backend, preset = alarm.label.split(".")[0], alarm.preset.split(":")[0]
    return (alarm.kernel_id, backend, preset) in KNOWN_DIFFERENCES


@dataclass(frozen=True)
class Judged:
    """The right results of one implementation on one preset in one dtype."""

    kernel_id: str
    label: str
    preset: str
    dtype: str
    asked: int
    """Seeds asked for; 1 where nothing in the inputs is random."""
    seeds: int = 0
    """Seeds judged; 0 where the kernel calls this implementation slow."""
    refused_by_allclose: int = 0
    budgets: float = 0.0
    """Largest share of its budget that any of them used."""
    alarms: tuple[Alarm, ...] = ()


def clean_results(
    folder: KernelFolder,
    kernel: Kernel,
    dtype: str,
    seeds: int,
    limit_s: float,
    backends: Sequence[str] = bench.IN_PROCESS,
    patience_s: float = math.inf,
) -> Iterator[Judged]:
    """Judge the implementations as they are on every seed of every cheap preset.

    `patience_s` is the processor time for one implementation on one preset, the first result and
    its compilation apart: fewer seeds fit into it where a call is slow.
    """
    for preset in bench.cheap_presets(folder, dtype, limit_s):
        first = bench.standard(folder, preset, dtype)
        again = bench.inputs_of(kernel, preset, dtype, 1)
        asked = seeds if inputs_digest(again) != inputs_digest(first.inputs) else 1
        params = bench.points(kernel)[preset]
        judged, subjects = {}, {}
        for label in bench.labels(folder, dtype, backends):
            judged[label] = Judged(folder.id, label, preset, dtype, asked)
            if not (kernel.slow and kernel.slow(label, params)):
                result = bench.run(folder, label, first.inputs)
                subjects[label] = result.subject
                judged[label] = _judge_clean(first, result, judged[label], 0)
        _judge_seeds(first, subjects, judged, asked, patience_s)
        yield from judged.values()


def _judge_seeds(
    first: bench.Standard,
    subjects: dict[str, bench.Subject],
    judged: dict[str, Judged],
    seeds: int,
    patience_s: float,
) -> None:
    """Judge implementations on one seed after the other, each as long as the patience lasts."""
    reference = bench.run(first.folder, "numpy", first.inputs).subject
    left = dict.fromkeys(subjects, patience_s)
    for seed in range(1, seeds):
        if not left:
            break
        # Others than the first are not kept: 200 seeds would fill the memory.
        inputs = bench.inputs_of(first.kernel, first.preset, first.dtype, seed)
        expected = bench.run_again(reference, inputs).outputs()
        standard = replace(first, inputs=inputs, reference=expected, truth=None)
        for label in list(left):
            start = time.process_time()
            result = bench.run_again(subjects[label], inputs)
            judged[label] = _judge_clean(standard, result, judged[label], seed)
            left[label] -= time.process_time() - start
            if left[label] < 0:
                del left[label]


def _judge_clean(
    standard: bench.Standard, result: bench.Result, judged: Judged, seed: int
) -> Judged:
    reason = bench.verdict(standard, result)
    naive = bench.accepted_by_allclose(standard, result.returned)
    alarms = judged.alarms
    if reason is not None:
        about = (judged.kernel_id, judged.label, judged.preset, judged.dtype, seed)
        alarms = (*alarms, Alarm(*about, reason))
    used = bench.distance(standard, result.outputs()).budgets
    return replace(
        judged,
        seeds=judged.seeds + 1,
        refused_by_allclose=judged.refused_by_allclose + (not naive),
        budgets=max(judged.budgets, used),
        alarms=alarms,
    )
