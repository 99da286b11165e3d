"""Folders on disk -> kernels and their implementations, by file name alone.

``<suites>/<suite>/<kernel>/kernel.py`` defines a kernel; beside it, each
``<kernel>_<backend>[__<variant>].py`` is one implementation, and ``<kernel>_portable.py`` one for
every backend with arrays. Nothing is registered anywhere.
Suite files are imported under a private package, so that a suite called ``numpy`` shadows
nothing and two folders of suites never meet.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from bench_harness.backends import (
    NAMES,
    PORTABLE,
    PORTABLE_BACKENDS,
    REFERENCE,
    get_adapter,
    split_label,
)
from bench_harness.errors import ConfigurationError, SuiteError
from bench_harness.kernel import Kernel

KERNEL_FILE = "kernel.py"
_NICKNAMES = ("np", "pytorch", "py", "tensorflow", "cupy", "jnp", "cunumeric")
"""What people call backends in file names, and no backend is called."""
EAGER = "eager"
"""How a file's ``VARIANTS`` spells its plain variant."""


@dataclass(frozen=True)
class Implementation:
    """One backend's (or variant's) file for one kernel."""

    kernel_id: str
    backend: str
    variant: str
    path: Path

    @property
    def label(self) -> str:
        """``"torch"`` or ``"torch.compile"``."""
        return f"{self.backend}.{self.variant}" if self.variant else self.backend

    @property
    def note(self) -> str | None:
        """The file's ``NOTE``: what a reader of its times must know, such as a host loop."""
        note = _literal(self.path, "NOTE")
        return note if note is None else str(note)

    @property
    def is_portable(self) -> bool:
        """True if the file is written against the array protocol, for every backend."""
        return self.path.stem == f"{self.kernel_id.rpartition('/')[2]}_{PORTABLE}"

    @property
    def automatic_variant(self) -> str:
        """The variant the harness makes of a plain file; empty where the file itself is one."""
        own_file = self.is_portable or self.path.stem.endswith(f"__{self.variant}")
        return "" if own_file else self.variant


@dataclass(frozen=True)
class KernelFolder:
    """A kernel as found on disk; nothing of it has been imported."""

    suite: str
    name: str
    path: Path
    implementations: tuple[Implementation, ...]

    @property
    def id(self) -> str:
        """``"suite/kernel"``."""
        return f"{self.suite}/{self.name}"

    def implementation(self, label: str) -> Implementation | None:
        """Return the implementation called ``backend[.variant]``, or None."""
        return next((found for found in self.implementations if found.label == label), None)


def bundled_suites() -> Path:
    """Return the folder of the suites that come with the package."""
    package = Path(__file__).resolve().parent
    installed = package / "_suites"
    return installed if installed.is_dir() else package.parent / "suites"


def discover(paths: Iterable[Path] = ()) -> dict[str, KernelFolder]:
    """Find every kernel under `paths`, or the bundled ones.

    Parameters
    ----------
    paths : iterable of Path
        Folders of suites; a single suite or a single kernel folder will do as well.

    Returns
    -------
    dict of str to KernelFolder
        By kernel id, sorted.

    Raises
    ------
    ConfigurationError
        If a path holds no kernel, or two hold the same one.
    """
    found: dict[str, KernelFolder] = {}
    for root in list(paths) or [bundled_suites()]:
        folders = _kernel_folders(Path(root))
        for path in folders:
            folder = _read_folder(path)
            if folder.id in found:
                raise ConfigurationError(
                    f"Kernel {folder.id!r} is defined twice: in {found[folder.id].path} and in "
                    f"{path}. Rename one of the folders."
                )
            found[folder.id] = folder
    return dict(sorted(found.items()))


def _kernel_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise ConfigurationError(f"There is no folder {root}. Give a folder of suites.")
    root = root.resolve()
    for pattern in (KERNEL_FILE, f"*/{KERNEL_FILE}", f"*/*/{KERNEL_FILE}"):
        if files := sorted(root.glob(pattern)):
            return [file.parent for file in files]
    raise ConfigurationError(
        f"No kernel was found under {root}. A kernel is a folder <suite>/<kernel>/ with a file "
        f"{KERNEL_FILE}; 'bench-harness new <suite>/<kernel>' writes one."
    )


def overlooked(paths: Iterable[Path] = ()) -> list[str]:
    """Return a sentence on each file that looks like an implementation and is not taken as one.

    Parameters
    ----------
    paths : iterable of Path
        As `discover` takes them.
    """
    roots = list(paths) or [bundled_suites()]
    sentences = []
    for folder in dict.fromkeys(found for root in roots for found in _near(Path(root))):
        files = sorted(file for file in folder.glob("*.py") if _looks_like_one(file, folder.name))
        if (folder / KERNEL_FILE).is_file():
            files = [file for file in files if file not in set(folder.glob(f"{folder.name}_*.py"))]
            reason = (
                f"an implementation is called {folder.name}_<backend>.py or "
                f"{folder.name}_<backend>__<variant>.py, with one of: {', '.join(NAMES)}"
            )
        else:
            reason = f"its folder has no {KERNEL_FILE}"
        sentences += [f"{file} is passed over: {reason}." for file in files]
    return sentences


def _near(root: Path) -> list[Path]:
    """Return the folders with kernels under a path, and those beside them."""
    folders = [path.resolve() for path in _kernel_folders(root)]
    if (root / KERNEL_FILE).is_file():
        return folders
    beside = [path for folder in folders for path in sorted(folder.parent.iterdir())]
    return [path for path in beside if path.is_dir()]


def _looks_like_one(file: Path, kernel: str) -> bool:
    """Tell whether a file's name says kernel and backend, or backend alone, in other words."""
    stem = re.sub(r"[^a-z0-9]+", "_", file.stem.lower())
    named = stem.removeprefix(f"{kernel.lower()}_")
    backends = (*NAMES, *_NICKNAMES)
    return named in NAMES if named == stem else named.split("_")[0] in backends


def _read_folder(path: Path) -> KernelFolder:
    suite, name = path.parent.name, path.name
    for part in (suite, name):
        if not part.isidentifier():
            raise SuiteError(
                f"The folder name {part!r} in {path} must be a Python identifier (letters, "
                "digits, underscores), since the function inside has that name."
            )
    kernel_id = f"{suite}/{name}"
    pattern = re.compile(rf"{name}_(?P<backend>[a-z0-9]+)(?:__(?P<variant>[a-z0-9_]+))?\.py")
    files: dict[tuple[str, str], Path] = {}
    portable: Path | None = None
    for file in sorted(path.glob(f"{name}_*.py")):
        if file.stem == f"{name}_{PORTABLE}":
            portable = file
            continue
        match = pattern.fullmatch(file.name)
        if match is None or match["backend"] not in NAMES:
            raise SuiteError(
                f"{file} names no backend. An implementation is called "
                f"{name}_<backend>.py or {name}_<backend>__<variant>.py, with one of: "
                f"{', '.join(NAMES)}; {name}_{PORTABLE}.py serves all with arrays. Give shared "
                f"code a name that does not begin with {name}_."
            )
        files[match["backend"], match["variant"] or ""] = file
    implementations = [
        Implementation(kernel_id, backend, variant, files.get((backend, variant), file))
        for (backend, own), file in files.items()
        for variant in _variants(backend, own, file)
        if variant == own or (backend, variant) not in files
    ]
    implementations += [
        Implementation(kernel_id, backend, PORTABLE, portable)
        for backend in PORTABLE_BACKENDS
        if portable is not None and (backend, PORTABLE) not in files
    ]
    order = {backend: position for position, backend in enumerate(NAMES)}
    implementations.sort(key=lambda found: (order[found.backend], found.variant))
    return KernelFolder(suite, name, path, tuple(implementations))


def _variants(backend: str, own: str, file: Path) -> tuple[str, ...]:
    """Return the variants that a file stands for, reading its ``VARIANTS`` without running it."""
    if own:
        return (own,)
    declared = _literal(file, "VARIANTS")
    if declared is None:
        return get_adapter(backend).variants
    allowed = {variant or EAGER for variant in get_adapter(backend).variants}
    if not isinstance(declared, tuple | list) or not set(declared) <= allowed:
        raise SuiteError(
            f"VARIANTS in {file} is {declared!r}; for {backend} it is a tuple of: "
            f"{', '.join(sorted(allowed))}."
        )
    return tuple("" if variant == EAGER else variant for variant in declared)


def _literal(file: Path, name: str) -> Any:
    """Return the value of a module-level literal assignment, or None."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if [ast.unparse(target) for target in targets] == [name]:
                return ast.literal_eval(node.value)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SuiteError(f"{file} cannot be read: {error}") from error
    return None


# -- importing suite files -----------------------------------------------------------------


def load_kernel(folder: KernelFolder) -> Kernel:
    """Import a ``kernel.py`` and return its ``KERNEL``; raises `SuiteError`."""
    module = _import(folder.path, "kernel")
    kernel = getattr(module, "KERNEL", None)
    if not isinstance(kernel, Kernel):
        raise SuiteError(
            f"{folder.path / KERNEL_FILE} must define KERNEL = Kernel(...); it has {kernel!r}."
        )
    _check_kernel(folder, kernel)
    return kernel


def _check_kernel(folder: KernelFolder, kernel: Kernel) -> None:
    where = folder.path / KERNEL_FILE
    missing = {"smoke", "default"} - set(kernel.presets)
    if missing:
        raise SuiteError(f"{where}: presets lack {', '.join(sorted(missing))}.")
    for what, names in (("headline", kernel.headline), ("truth_presets", kernel.truth_presets)):
        if unknown := set(names) - set(kernel.presets):
            raise SuiteError(f"{where}: {what} names unknown presets: {sorted(unknown)}.")
    if not kernel.outputs or len(set(kernel.outputs)) != len(kernel.outputs):
        raise SuiteError(f"{where}: outputs must be distinct names, at least one.")
    if isinstance(kernel.budget, Mapping) and (unknown := set(kernel.budget) - set(kernel.outputs)):
        raise SuiteError(f"{where}: budget names unknown outputs: {sorted(unknown)}.")
    if unknown := {split_label(label)[0] for label in kernel.unsupported} - set(NAMES):
        raise SuiteError(f"{where}: unsupported names unknown backends: {sorted(unknown)}.")
    if folder.implementation(REFERENCE) is None:
        raise SuiteError(
            f"{folder.path} has no {folder.name}_{REFERENCE}.py: the NumPy implementation is the "
            "reference that every other is compared with."
        )


@dataclass(frozen=True)
class Loaded:
    """An imported implementation."""

    function: Callable[..., Any]
    prepare: Callable[..., Mapping[str, Any]] | None
    parameters: tuple[str, ...]
    """Names of the function's parameters, in order; without a portable one's array backend."""


def load_implementation(implementation: Implementation, inputs: Iterable[str]) -> Loaded:
    """Import an implementation and check that it takes exactly the kernel's inputs.

    Parameters
    ----------
    implementation : Implementation
    inputs : iterable of str
        Names of the inputs that ``make_inputs`` returns.

    Raises
    ------
    SuiteError
        If the function is missing or its parameters are not the inputs.
    """
    path = implementation.path
    module = _import(path.parent, path.stem)
    name = path.parent.name
    function = getattr(module, name, None)
    if not callable(function):
        raise SuiteError(f"{path} must define a function {name}(...), named after the kernel.")
    parameters = tuple(inspect.signature(function).parameters)
    if implementation.is_portable:
        if not parameters:
            raise SuiteError(f"{name}() in {path} must take the array backend first.")
        parameters = parameters[1:]
    prepare = getattr(module, "prepare", None)
    if prepare is None and set(parameters) != set(inputs):
        raise SuiteError(
            f"{name}() in {path} takes ({', '.join(parameters)}); make_inputs gives "
            f"({', '.join(inputs)})."
        )
    return Loaded(function, prepare, parameters)


def _import(folder: Path, stem: str) -> ModuleType:
    """Import one file of a kernel folder under the private package of its suites."""
    root = folder.parent.parent
    package = "_bench_suites_" + hashlib.sha256(str(root).encode()).hexdigest()[:12]
    for name, path in (
        (package, root),
        (f"{package}.{folder.parent.name}", folder.parent),
        (f"{package}.{folder.parent.name}.{folder.name}", folder),
    ):
        if name not in sys.modules:
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(path)]
            sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        return importlib.import_module(f"{name}.{stem}")
    except SuiteError:
        raise
    except (Exception, SystemExit) as error:
        raise SuiteError(
            f"{folder / stem}.py cannot be imported: {type(error).__name__}: {error}"
        ) from error
