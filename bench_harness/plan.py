"""What was asked for -> the cases to run; what is impossible is refused before anything runs."""

from __future__ import annotations

import fnmatch
import functools
import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench_harness.backends import NAMES, PORTABLE, REFERENCE, get_adapter, split_label
from bench_harness.discovery import KERNEL_FILE, Implementation, KernelFolder, load_kernel
from bench_harness.errors import ConfigurationError, HarnessError, SuiteError, UnknownNameError
from bench_harness.kernel import DTYPES, Kernel
from bench_harness.model import Case, Status, matches, preset_label

Kernels = Mapping[str, tuple[KernelFolder, Kernel]]

DEFAULT_PRESET = "default"
SMOKE_PRESET = "smoke"


@dataclass(frozen=True)
class Request:
    """What the user asked for, as far as it chooses cases.

    Parameters
    ----------
    selectors : sequence of str
        Globs over case ids; a shorter one matches all that begin with it.
    backends : sequence of str
        ``"torch"`` (all its variants) or ``"torch.compile"``; empty for all.
    devices, presets, dtypes : sequence of str
        Empty for the defaults: every device here, ``default``, each kernel's first dtype.
    changes : mapping of str to sequence
        ``--set``: parameter to the values it takes in turn.
    headline : bool
        Take each kernel's headline presets, and only kernels that have some; without portable
        variants, unless `backends` names them.
    include_slow : bool
        Run the cases that a kernel calls too slow to run unasked.
    every_variant : bool
        Also compile what a smoke run leaves uncompiled.
    """

    selectors: Sequence[str] = ()
    backends: Sequence[str] = ()
    devices: Sequence[str] = ()
    presets: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    headline: bool = False
    include_slow: bool = False
    every_variant: bool = False


@dataclass(frozen=True)
class PlannedCase:
    """A case to run, or one that cannot be with the reason why."""

    case: Case
    folder: KernelFolder
    implementation: Implementation | None = None
    status: Status | None = None
    reason: str | None = None

    @property
    def runs(self) -> bool:
        """True if there is something to measure."""
        return self.status is None

    @property
    def is_reference(self) -> bool:
        """True if this case's outputs are what the others are compared with."""
        return self.case.backend == REFERENCE and not self.case.variant


@dataclass(frozen=True)
class Group:
    """Cases that compute the same thing from the same inputs: one reference serves all."""

    folder: KernelFolder
    cases: tuple[PlannedCase, ...]

    @property
    def reference(self) -> PlannedCase | None:
        """The reference if it was asked for."""
        return next((planned for planned in self.cases if planned.is_reference), None)


def make_plan(
    folders: Mapping[str, KernelFolder], request: Request, gpu_present: bool
) -> list[Group]:
    """Return the groups of cases to run, in the order they are to be run in.

    Raises
    ------
    ConfigurationError
        For names that do not exist, parameters a kernel does not take or refuses, devices that
        are not here, and a request that matches nothing.
    """
    _check_names(request, gpu_present)
    kernels = {
        folder.id: (folder, load_kernel(folder))
        for folder in matching_folders(folders, request.selectors)
    }
    _check_presets(request, kernels)
    _check_changes(request, kernels)
    groups = []
    speakers = _speakers(kernels)
    for folder, kernel in kernels.values():
        compiles = folder.id in speakers
        for preset, label, params in _expand(kernel, request):
            _validate(folder, kernel, params)
            for dtype in request.dtypes or kernel.dtypes[:1]:
                cases = tuple(
                    planned
                    for planned in _cases(
                        folder, kernel, preset, label, params, dtype, compiles, request, gpu_present
                    )
                    if _selected(planned.case, preset, request)
                )
                if cases:
                    groups.append(Group(folder, cases))
    if not groups:
        raise ConfigurationError(_nothing_matched(folders, request))
    _check_ids(groups)
    return groups


# -- what exists -----------------------------------------------------------------------------


def _check_names(request: Request, gpu_present: bool) -> None:
    for label in request.backends:
        adapter = get_adapter(split_label(label)[0])
        if "cpu" not in adapter.device_kinds and not gpu_present:
            raise ConfigurationError(
                f"Backend {adapter.name!r} computes on {', '.join(adapter.device_kinds)} only, and "
                "no NVIDIA driver answers on this machine."
            )
    for dtype in request.dtypes:
        if dtype not in DTYPES:
            raise UnknownNameError("dtype", dtype, DTYPES)
    for device in request.devices:
        _check_device(device, gpu_present)
    if not request.backends or not request.devices:
        return
    names = {split_label(label)[0] for label in request.backends}
    kinds = {kind for name in names for kind in get_adapter(name).device_kinds}
    for device in request.devices:
        if device.partition(":")[0] not in kinds:
            raise ConfigurationError(
                f"Device {device!r} is not one that {', '.join(sorted(names))} can use; "
                f"only: {', '.join(sorted(kinds))}."
            )


def _check_device(device: str, gpu_present: bool) -> None:
    kind, colon, index = device.partition(":")
    if kind not in ("cpu", "cuda") or (colon and (kind == "cpu" or not index.isdecimal())):
        raise ConfigurationError(
            f"Device {device!r} is unknown. Choose from: cpu, cuda, cuda:<index>; names are "
            "case-sensitive."
        )
    if kind == "cuda" and not gpu_present:
        raise ConfigurationError(
            f"Device {device!r} was asked for, and no NVIDIA driver answers on this machine. "
            "Use --devices cpu; 'bench-harness doctor' shows what is here."
        )


def matching_folders(
    folders: Mapping[str, KernelFolder], selectors: Sequence[str]
) -> Iterator[KernelFolder]:
    """Yield the kernels that selectors can match; raises for suites and kernels unknown."""
    suites = {folder.suite for folder in folders.values()}
    for selector in selectors:
        suite, _, rest = selector.partition("/")
        if not any(fnmatch.fnmatchcase(name, suite) for name in suites):
            raise UnknownNameError("suite", suite, suites)
        kernel = rest.partition("/")[0] or "*"
        names = {f.name for f in folders.values() if fnmatch.fnmatchcase(f.suite, suite)}
        if not any(fnmatch.fnmatchcase(name, kernel) for name in names):
            raise UnknownNameError(f"kernel of suite {suite}", kernel, names)
    for folder in folders.values():
        if not selectors or any(_prefix_matches(folder.id, s) for s in selectors):
            yield folder


def _prefix_matches(kernel_id: str, selector: str) -> bool:
    pattern = [*selector.split("/"), "*"][:2]
    return all(
        fnmatch.fnmatchcase(part, glob)
        for part, glob in zip(kernel_id.split("/"), pattern, strict=True)
    )


def _selected(case: Case, preset: str, request: Request) -> bool:
    """Tell whether a selector asks for a case; one that names no preset means the default."""
    free = bool(request.presets) or request.headline
    return not request.selectors or any(
        matches(case.id, selector)
        and (free or preset == DEFAULT_PRESET or _preset_glob(selector) is not None)
        for selector in request.selectors
    )


def _speakers(kernels: Kernels) -> set[str]:
    """Return one kernel of each suite, the first headline one that torch.compile is for.

    In a smoke run it stands for its suite: compiling takes longer than all the rest.
    """
    speakers: dict[str, str] = {}
    for kernel_id, (folder, kernel) in kernels.items():
        if kernel.headline and folder.implementation("torch.compile"):
            speakers.setdefault(folder.suite, kernel_id)
    return set(speakers.values())


# -- presets and parameters ------------------------------------------------------------------


def _check_presets(request: Request, kernels: Kernels) -> None:
    existing = {preset for _, kernel in kernels.values() for preset in kernel.presets}
    for preset in request.presets:
        if preset not in existing:
            raise UnknownNameError("preset", preset, existing)
    for selector in request.selectors:
        glob = _preset_glob(selector)
        if glob and not any(fnmatch.fnmatchcase(name, glob) for name in existing):
            raise UnknownNameError("preset", glob, existing)


def _check_changes(request: Request, kernels: Kernels) -> None:
    for name in request.changes:
        for kernel_id, (_, kernel) in kernels.items():
            accepted, open_ended = _parameters(kernel)
            if name not in accepted and not open_ended:
                takers = sorted(k for k, (_, other) in kernels.items() if _takes(other, name))
                raise ConfigurationError(
                    f"--set {name}=...: {kernel_id} has no parameter {name!r} (it has: "
                    f"{', '.join(accepted)}). Select kernels that take it: "
                    f"{', '.join(takers) or 'none of those selected does'}."
                )


def _takes(kernel: Kernel, name: str) -> bool:
    accepted, open_ended = _parameters(kernel)
    return open_ended or name in accepted


def _parameters(kernel: Kernel) -> tuple[list[str], bool]:
    """Return the parameters ``make_inputs`` takes by name, and whether it takes any other.

    One that takes any other checks names itself, in `Kernel.validate`.
    """
    given = list(inspect.signature(kernel.make_inputs).parameters.values())[2:]
    names = [p.name for p in given if p.kind is not inspect.Parameter.VAR_KEYWORD]
    return names, len(names) < len(given)


def _validate(folder: KernelFolder, kernel: Kernel, params: dict[str, Any]) -> None:
    """Ask the kernel for its opinion; a check that stumbles over a value refuses it too."""
    try:
        if kernel.validate is not None:
            kernel.validate(**params)
    except HarnessError:
        raise
    except Exception as error:
        given = ", ".join(f"{name}={value!r}" for name, value in params.items())
        raise ConfigurationError(
            f"{folder.id} cannot take {given}: {type(error).__name__}: {error}"
        ) from error


def _check_ids(groups: Iterable[Group]) -> None:
    """Refuse two cases of one name, of which the record could hold one only."""
    ids = Counter(planned.case.id for group in groups for planned in group.cases)
    for case_id, count in ids.items():
        if count > 1:
            raise ConfigurationError(
                f"Case {case_id} is asked for twice. Give each value once; files of the same "
                "name in different folders go by that name, so run them one at a time."
            )


def _preset_glob(selector: str) -> str | None:
    segments = selector.split("/")
    if len(segments) < 3 or set(segments[2]) <= {"*"}:
        return None
    return segments[2].partition(":")[0]


def _presets(kernel: Kernel, request: Request) -> list[str]:
    """Return the presets to run: by ``--presets``, by headline, by selector, or the default."""
    if request.presets:
        return [preset for preset in kernel.presets if preset in request.presets]
    if request.headline:
        return list(kernel.headline)
    globs = [glob for selector in request.selectors if (glob := _preset_glob(selector))]
    if globs:
        named = [p for p in kernel.presets if any(fnmatch.fnmatchcase(p, g) for g in globs)]
        if len(globs) == len(request.selectors):
            return named
        return list(dict.fromkeys([DEFAULT_PRESET, *named]))
    return [DEFAULT_PRESET]


def _expand(kernel: Kernel, request: Request) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield preset, its label in ids, and parameters; lists and ``--set`` are swept."""
    for preset in _presets(kernel, request):
        base = dict(kernel.presets[preset])
        swept: dict[str, Sequence[Any]] = {
            name: value for name, value in base.items() if isinstance(value, list | tuple)
        }
        swept.update(request.changes)
        for values in itertools.product(*swept.values()):
            changed = dict(zip(swept, values, strict=True))
            yield preset, preset_label(preset, changed), {**base, **changed}


# -- cases -----------------------------------------------------------------------------------


def _cases(
    folder: KernelFolder,
    kernel: Kernel,
    preset: str,
    label: str,
    params: dict[str, Any],
    dtype: str,
    compiles: bool,
    request: Request,
    gpu_present: bool,
) -> Iterator[PlannedCase]:
    for backend, variant in _labels(folder, kernel, preset, compiles, request):
        for device in _devices(backend, request, gpu_present):
            case = Case(
                suite=folder.suite,
                kernel=folder.name,
                preset=label,
                params=params,
                backend=backend,
                variant=variant,
                device=device,
                dtype=dtype,
            )
            implementation = folder.implementation(case.label)
            status, reason = _obstacle(folder, kernel, case, implementation, request)
            yield PlannedCase(case, folder, implementation, status, reason)


def _labels(
    folder: KernelFolder, kernel: Kernel, preset: str, compiles: bool, request: Request
) -> list[tuple[str, str]]:
    """Return the backends and variants to consider, the missing ones of every backend too."""
    present = [(found.backend, found.variant) for found in folder.implementations]
    declared = [split_label(label) for label in kernel.unsupported]
    plain = [(name, "") for name in NAMES if name not in {b for b, _ in present + declared}]
    order = {name: position for position, name in enumerate(NAMES)}
    labels = sorted({*present, *declared, *plain}, key=lambda found: (order[found[0]], found[1]))
    if not request.backends:
        if preset == SMOKE_PRESET and not compiles and not request.every_variant:
            return [found for found in labels if found != ("torch", "compile")]
        if request.headline:
            return [found for found in labels if found[1] != PORTABLE]
        return labels
    wanted = [
        found for found in labels if any(_is_wanted(found, label) for label in request.backends)
    ]
    for label in request.backends:
        if not any(_is_wanted(found, label) for found in wanted):
            names = [f"{b}.{v}" if v else b for b, v in labels]
            raise ConfigurationError(
                f"Kernel {folder.id} has no implementation {label!r}; it has: {', '.join(names)}."
            )
    return wanted


def _is_wanted(found: tuple[str, str], label: str) -> bool:
    backend, variant = split_label(label)
    return found[0] == backend and variant in ("", found[1])


def _devices(backend: str, request: Request, gpu_present: bool) -> Iterable[str]:
    kinds = get_adapter(backend).device_kinds
    if request.devices:
        return [device for device in request.devices if device.partition(":")[0] in kinds]
    return [kind for kind in kinds if kind == "cpu" or gpu_present]


def _hook(folder: KernelFolder, name: str, call: Callable[[], Any]) -> Any:
    """Call a kernel's own function; what it raises by mistake is the suite's error."""
    try:
        return call()
    except HarnessError:
        raise
    except Exception as error:
        raise SuiteError(
            f"{folder.path / KERNEL_FILE}: {name}() raised {type(error).__name__}: {error}"
        ) from error


def _obstacle(
    folder: KernelFolder,
    kernel: Kernel,
    case: Case,
    implementation: Implementation | None,
    request: Request,
) -> tuple[Status | None, str | None]:
    """Return why a case is not run, if it is not."""
    adapter = get_adapter(case.backend)
    if implementation is None:
        given = kernel.unsupported.get(case.label) or kernel.unsupported.get(case.backend)
        return "unsupported", given or f"{case.kernel_id} has no implementation for {case.label}"
    if case.dtype not in kernel.dtypes:
        return "unsupported", f"the kernel is defined for {', '.join(kernel.dtypes)} only"
    if case.dtype not in adapter.dtypes:
        return "unsupported", f"{case.backend} computes in {', '.join(adapter.dtypes)} only"
    if not adapter.is_installed():
        return "unavailable", f"{case.backend} is not installed. Try: {adapter.remedy()}"
    if kernel.slow is not None and not request.include_slow:
        sentence = _hook(folder, "slow", functools.partial(kernel.slow, case.label, case.params))
        if sentence:
            return "skipped", f"{sentence} (run it with --include-slow)"
    return None, None


def _nothing_matched(folders: Mapping[str, KernelFolder], request: Request) -> str:
    asked = " ".join(request.selectors) or "the request"
    example = next(iter(folders), "suite/kernel")
    return (
        f"Nothing matches {asked}. Selectors are globs over case ids of six segments, such as "
        f"'{example}/default/numpy/cpu/float64'; 'bench-harness list' shows what exists."
    )
