"""What a ``kernel.py`` says of its kernel, read without running any of it.

A suite is code; to list one is not to trust it. Literals are read, and names that stand for
literals in this file or in one that it imports from its own suite. What is computed stays open.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench_harness.discovery import KERNEL_FILE, KernelFolder
from bench_harness.errors import SuiteError
from bench_harness.kernel import Kernel

COMPUTED = None
"""Stands for what only running the file would tell."""

_MAX_STEPS = 20


class _ComputedError(Exception):
    """The value of an expression cannot be read."""


def outline(folder: KernelFolder) -> dict[str, Any]:
    """Return the fields of a kernel by name; `COMPUTED` where the file computes them.

    Raises
    ------
    SuiteError
        If the file cannot be parsed, or has no ``KERNEL = Kernel(...)``.
    """
    path = folder.path / KERNEL_FILE
    call = _assigned(path).get("KERNEL")
    if not isinstance(call, ast.Call) or ast.unparse(call.func).split(".")[-1] != "Kernel":
        raise SuiteError(f"{path} must define KERNEL = Kernel(...) at its top level.")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    found = {
        field.name: _read(given[field.name], path) if field.name in given else _default(field)
        for field in dataclasses.fields(Kernel)
    }
    return {name: value if _fits(name, value) else COMPUTED for name, value in found.items()}


def _fits(name: str, value: Any) -> bool:
    """Tell whether a value is what the field holds; what is not was never run as a kernel."""
    match name:
        case "title":
            return isinstance(value, str)
        case "presets":
            return isinstance(value, dict) and all(
                isinstance(preset, str) and isinstance(params, dict) and _texts(params)
                for preset, params in value.items()
            )
        case "headline" | "dtypes" | "outputs":
            return isinstance(value, tuple | list) and _texts(value)
        case "unsupported":
            return isinstance(value, dict) and _texts([*value, *value.values()])
        case _:
            return True


def _texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return COMPUTED if field.default is dataclasses.MISSING else field.default


def _read(node: ast.expr, path: Path) -> Any:
    try:
        return _value(node, path, 0)
    except (_ComputedError, ValueError, TypeError, LookupError, RecursionError):
        return COMPUTED


def _value(node: ast.expr, path: Path, steps: int) -> Any:
    """Return the value of an expression of literals, names and displays."""
    if steps > _MAX_STEPS:
        raise _ComputedError
    value = functools.partial(_value, path=path, steps=steps + 1)
    match node:
        case ast.Dict():
            result: dict[Any, Any] = {}
            for key, part in zip(node.keys, node.values, strict=True):
                result |= value(part) if key is None else {value(key): value(part)}
            return result
        case ast.Tuple() | ast.List():
            parts = [
                value(part.value) if isinstance(part, ast.Starred) else [value(part)]
                for part in node.elts
            ]
            found = [item for part in parts for item in part]
            return tuple(found) if isinstance(node, ast.Tuple) else found
        case ast.Subscript():
            return value(node.value)[value(node.slice)]
        case ast.Name():
            return _named(node.id, path, steps + 1)
        case ast.Attribute(value=ast.Name(id=module)):
            return _named(node.attr, _module(module, path), steps + 1)
        case _:
            return ast.literal_eval(node)


def _named(name: str, path: Path, steps: int) -> Any:
    """Return the value of a name at the top level of a file, its own or imported from its suite."""
    if name in (assigned := _assigned(path)):
        return _value(assigned[name], path, steps)
    for imported in _imports(path):
        for alias in imported.names:
            if (alias.asname or alias.name) == name and imported.module:
                return _named(alias.name, _file(imported, imported.module, path), steps + 1)
    raise _ComputedError


def _module(name: str, path: Path) -> Path:
    """Return the file of a module that was imported as ``from .. import name``."""
    for imported in _imports(path):
        for alias in imported.names:
            if (alias.asname or alias.name) == name and not imported.module:
                return _file(imported, alias.name, path)
    raise _ComputedError


def _file(imported: ast.ImportFrom, module: str, path: Path) -> Path:
    folder = path.parents[imported.level - 1]
    file = folder.joinpath(*module.split(".")).with_suffix(".py")
    if not 1 <= imported.level <= 2 or not file.is_file():  # within the suite
        raise _ComputedError
    return file


def _imports(path: Path) -> list[ast.ImportFrom]:
    return [
        node for node in _parsed(path).body if isinstance(node, ast.ImportFrom) and node.level > 0
    ]


def _assigned(path: Path) -> Mapping[str, ast.expr]:
    """Return what is assigned to names at the top level of a file; the last one counts."""
    assigned: dict[str, ast.expr] = {}
    for node in _parsed(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            assigned[node.target.id] = node.value
    return assigned


@functools.lru_cache(maxsize=64)
def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SuiteError(f"{path} cannot be read: {error}") from error
