"""Who may know about whom: the rule of ``docs/architecture.md``, read off the imports."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench_harness

PACKAGE = Path(bench_harness.__file__).parent

CHILD = {"backends", "child", "discovery", "errors", "kernel", "npz"}
ALLOWED: dict[str, set[str]] = {
    # what everybody may know, and what knows nobody
    "errors": set(),
    "units": set(),
    "strictjson": set(),
    "leftovers": set(),
    "allocator": set(),
    "preloaded": {"leftovers"},
    "process": {"leftovers", "preloaded", "strictjson"},
    "lock": {"errors"},
    "child": set(),
    "stats": set(),
    "kernel": set(),
    "model": set(),
    "comparison": {"model"},
    # what exists, and what is to be run
    "backends": {"errors"},
    "discovery": {"backends", "errors", "kernel"},
    "outline": {"discovery", "errors", "kernel"},
    # for other people's code
    "functions": {"backends", "discovery", "errors", "kernel"},
    "arrays": {"backends", "errors", "functions"},
    "selection": {"arrays", "backends", "environment", "errors"},
    "fastest": {"", "advise", "errors", "store"},
    "kernels": {"errors", "fastest", "functions", "selection"},
    "environment": {"allocator", "model"},
    "plan": {"backends", "discovery", "errors", "kernel", "model"},
    # the child: a worker, a verifier; never imported by the parent
    "measure": {*CHILD, "allocator", "arrays", "stats"},
    "verify": {"child", "kernel", "npz"},
    "verify.verifier": {*CHILD, "measure", "verify"},
    "measure.inprocess": {*CHILD, "arrays", "environment", "measure"},
    # the parent
    "measure.noise": {"model", "stats"},
    "measure.order": set(),
    "npz": set(),
    "measure.workers": {"backends", "environment", "model", "plan", "preloaded", "process"},
    "measure.scratch": set(),
    "measure.slots": set(),
    "measure.replies": {"backends", "measure.noise", "model", "process", "stats", "units"},
    "measure.runner": {
        *("", "backends", "model", "plan", "process", "store"),
        *(f"measure.{room}" for room in ("noise", "order", "replies", "scratch", "slots")),
        "measure.workers",
    },
    "revisions": {"errors"},
    "gate": {
        *("compare", "comparison", "model", "plan", "revisions", "stats", "store"),
        *("measure.replies", "measure.runner", "measure.scratch"),
    },
    "audit": {"backends", "environment", "measure.workers", "model", "plan", "process", "units"},
    "calibrate": {
        *("backends", "environment", "errors", "measure.workers", "model", "process", "store"),
    },
    "doctor": {"backends", "model", "process"},
    "noise": {"errors", "measure.workers", "process", "stats"},
    # records, and what is made of them
    "summary": {"backends", "model", "stats"},
    "roofline": {"model", "stats", "summary"},
    "facts": {"model"},
    "compare": {"comparison", "environment", "errors", "facts", "model", "stats", "summary"},
    "store": {"errors", "model", "strictjson", "summary"},
    "costs": {"model", "stats", "summary"},
    "report": {
        "backends",
        "comparison",
        "costs",
        "errors",
        "facts",
        "history",
        "model",
        "roofline",
        "stats",
        "summary",
        "units",
    },
    "frame": {"report", "store"},
    "advise": {"costs", "errors", "model", "stats"},
    "history": {"environment", "errors", "model", "stats", "store", "summary"},
    "integrations": {
        *("", "comparison", "errors", "model", "report", "stats", "store", "summary", "units"),
    },
    "integrations.pytest_plugin": {
        *("discovery", "environment", "errors", "integrations", "leftovers", "lock"),
        *("measure.runner", "model", "plan"),
    },
    "integrations.asv_suite": {"discovery", "lock", "measure.inprocess"},
    # the doors
    "": {"advise", "arrays", "errors", "frame", "kernel", "selection"},
    "__main__": {"cli"},
    "cli": {
        "",
        "advise",
        "audit",
        "calibrate",
        "compare",
        "comparison",
        "costs",
        "discovery",
        "doctor",
        "environment",
        "errors",
        "gate",
        "history",
        "integrations",
        "leftovers",
        "lock",
        "measure.runner",
        "measure.workers",
        "model",
        "outline",
        "noise",
        "plan",
        "process",
        "report",
        "revisions",
        "stats",
        "store",
        "summary",
        "units",
    },
}
"""Room -> rooms it may import from; a room is a module or package, the longest name counts."""

FRAMEWORKS = {"torch", "jax", "numba", "cupy", "cupynumeric", "legate", "scipy", "triton"}


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below ``bench_harness``."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] != "_suites":
            found[".".join(parts).removesuffix("__init__").rstrip(".")] = path
    return found


MODULES = modules()


def room_of(module: str) -> str:
    """Return the room that a module lies in."""
    while module not in ALLOWED:
        head, dot, _ = module.rpartition(".")
        if not dot:
            raise LookupError(f"{module} has no room: add it to ALLOWED")
        module = head
    return module


def imported(source: str) -> Iterator[str]:
    """Yield the full name of everything that a source imports, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports within the package are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_import(module: str, framework: str) -> bool:
    """Tell whether a module may use a framework: a backend's own adapter or arrays may."""
    own = module.startswith("backends.") or module.endswith("_arrays")
    return own or (room_of(module), framework) == ("stats", "scipy")


def violations(module: str, source: str) -> list[str]:
    """Return what a module imports and may not."""
    here = room_of(module)
    found = []
    for name in imported(source):
        top, _, rest = name.partition(".")
        if top in FRAMEWORKS and not may_import(module, top):
            found.append(f"{module} imports the framework {top}")
        if top != "bench_harness":
            continue
        target = rest if rest in MODULES else rest.rpartition(".")[0]
        there = room_of(target)
        if there != here and there not in ALLOWED[here]:
            found.append(f"{module} ({here}) imports {name} ({there})")
    return found


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    assert violations(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("measure.runner", "from bench_harness.measure.worker import measure"),
        ("measure.runner", "from bench_harness.measure import timing"),
        ("cli.run", "from bench_harness.verify.compare import verify"),
        ("model", "from bench_harness import units"),
        ("stats.estimates", "import bench_harness.model"),
        ("report.table", "def late():\n    from bench_harness.store import load"),
        ("measure.timing", "import bench_harness.plan as p"),
        ("backends.base", "from bench_harness import Kernel"),
        ("plan", "import numba"),
        ("arrays.standard", "def late():\n    import torch"),
        ("selection", "import jax"),
        ("verify.compare", "from scipy.linalg import norm"),
        ("cli.doctor", "def late():\n    import torch.cuda"),
    ],
)
def test_a_violation_is_seen(module: str, line: str) -> None:
    assert len(violations(module, line)) == 1


def test_a_module_without_a_room_is_seen() -> None:
    with pytest.raises(LookupError, match="add it to ALLOWED"):
        violations("shed", "")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_the_door_ends_the_process(module: str) -> None:
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    assert ("sys.exit" in calls) is (module == "__main__")


def test_public_names_exist_and_are_documented() -> None:
    assert len(set(bench_harness.__all__)) == len(bench_harness.__all__)
    for name in bench_harness.__all__:
        found = getattr(bench_harness, name)
        if name != "__version__":
            assert inspect.getdoc(found), name
            assert found.__module__.startswith("bench_harness"), name


def test_every_exception_is_public_and_has_the_base() -> None:
    from bench_harness import errors

    defined = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert set(defined) <= set(bench_harness.__all__)
    assert all(issubclass(value, bench_harness.HarnessError) for value in defined.values())
    assert all(name in str(errors.__doc__) for name in defined)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8")))
