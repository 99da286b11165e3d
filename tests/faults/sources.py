"""Faults planted into source code: one small change to one node of a syntax tree.

Only code that an implementation reaches is changed: its own file, and the functions that it
takes from files it shares with others. Loops and slices are only ever made shorter, so that
compiled code stays within its arrays.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench_harness.discovery import Implementation, KernelFolder, discover

Nodes = Iterator[ast.AST]


@dataclass(frozen=True)
class Mutant:
    """One change: the `index`-th replacement that `operator` finds in a file."""

    operator: str
    path: Path
    index: int
    line: int
    before: str
    after: str


# -- operators: each yields what may stand in the place of a node ---------------------------


def swapped_sign(node: ast.AST) -> Nodes:
    """``a + b`` for ``a - b``, ``x`` for ``-x``, ``add`` for ``subtract``."""
    signs = {ast.Add: ast.Sub, ast.Sub: ast.Add}
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in signs:
        yield _copy(node, op=signs[type(node.op)]())
    is_minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    if is_minus and not isinstance(node.operand, ast.Constant):
        yield node.operand
    names = {"add": "subtract", "subtract": "add", "add_": "sub_", "sub_": "add_"}
    if isinstance(node, ast.Attribute) and node.attr in names:
        yield _copy(node, attr=names[node.attr])


def dropped_term(node: ast.AST) -> Nodes:
    """``a`` for ``a + b`` or ``a * b``; an update in place left out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div):
        yield node.left
    if isinstance(node, ast.AugAssign):
        yield ast.Pass()


def off_by_one(node: ast.AST) -> Nodes:
    """A loop or a slice that ends one too early or starts one too late."""
    if isinstance(node, ast.Call) and _name(node.func) in ("range", "prange", "fori_loop"):
        at = 0 if len(node.args) == 1 or _name(node.func) == "fori_loop" else 1
        if at == 1:
            yield _copy(node, args=[_plus(node.args[0], 1), *node.args[1:]])
        if len(node.args) < 3:
            yield _copy(
                node, args=[*node.args[:at], _plus(node.args[at], -1), *node.args[at + 1 :]]
            )
    if isinstance(node, ast.Slice) and node.step is None:
        if node.upper is not None:
            yield _copy(node, upper=_plus(node.upper, -1))
        elif node.lower is None:
            yield _copy(node, upper=ast.Constant(-1))
        if node.lower is not None:
            yield _copy(node, lower=_plus(node.lower, 1))


def shifted_index(node: ast.AST) -> Nodes:
    """``x[i]`` for ``x[i + 1]`` or ``x[i - 1]``: a band shifted by one."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for i, part in enumerate(parts):
            if isinstance(part, ast.BinOp) and _is_one(part.right) and _is_sum(part):
                new = [*parts[:i], part.left, *parts[i + 1 :]]
                yield _copy(node, slice=new[0] if len(new) == 1 else ast.Tuple(new, ast.Load()))


def wrong_axis(node: ast.AST) -> Nodes:
    """Another axis of a reduction."""
    is_axis = isinstance(node, ast.keyword) and node.arg in ("axis", "dim")
    if is_axis and isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
        yield _copy(node, value=ast.Constant(0 if node.value.value else 1))


def wrong_ddof(node: ast.AST) -> Nodes:
    """``n`` for ``n - 1`` degrees of freedom, or the other way round."""
    names = ("ddof", "correction")
    if isinstance(node, ast.keyword) and node.arg in names:
        yield _copy(node, value=ast.Constant(0))
    is_spread = isinstance(node, ast.Call) and _name(node.func) in ("std", "var")
    if is_spread and not any(keyword.arg in names for keyword in node.keywords):
        yield _copy(node, keywords=[*node.keywords, ast.keyword("ddof", ast.Constant(1))])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        below = node.right
        if isinstance(below, ast.BinOp) and isinstance(below.op, ast.Sub) and _is_one(below.right):
            yield _copy(node, right=below.left)


def float32_constant(node: ast.AST) -> Nodes:
    """A constant rounded to single precision, where that changes it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        with np.errstate(over="ignore"):
            single = float(np.float32(node.value))
        if single != node.value and np.isfinite(single):
            yield ast.Constant(single)


def changed_constant(node: ast.AST) -> Nodes:
    """A constant off by 1e-6 of itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value:
        yield ast.Constant(node.value * (1 + 1e-6))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Pow):
        for side in ("left", "right"):
            part = getattr(node, side)
            if isinstance(part, ast.Constant) and type(part.value) is int and part.value:
                yield _copy(node, **{side: ast.Constant(part.value * (1 + 1e-6))})


def strict_comparison(node: ast.AST) -> Nodes:
    """``<`` for ``<=`` and the like."""
    swap = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in swap:
        yield _copy(node, ops=[swap[type(node.ops[0])]()])


def mean_for_sum(node: ast.AST) -> Nodes:
    """``mean`` for ``sum`` and the other way round."""
    names = {"sum": "mean", "mean": "sum", "nansum": "nanmean"}
    if isinstance(node, ast.Attribute) and node.attr in names:
        yield _copy(node, attr=names[node.attr])


def removed_guard(node: ast.AST) -> Nodes:
    """``x`` for ``abs(x)``, ``maximum(x, ...)``, ``clip(x, ...)``, ``sqrt(x)``."""
    guards = (
        "abs",
        "absolute",
        "fabs",
        "maximum",
        "minimum",
        "max",
        "min",
        "clip",
        "clamp",
        "sqrt",
    )
    method = {"abs", "clip", "clamp", "clamp_", "sqrt", "sqrt_", "abs_"}
    if not isinstance(node, ast.Call):
        return
    is_method = isinstance(node.func, ast.Attribute) and not _is_module(node.func.value)
    if is_method and node.func.attr in method:  # type: ignore[union-attr]
        yield node.func.value  # type: ignore[union-attr]
    reduces = _name(node.func) in ("max", "min") and len(node.args) == 1
    if not is_method and _name(node.func) in guards and node.args and not reduces:
        yield node.args[0]


def exchanged_bounds(node: ast.AST) -> Nodes:
    """``max`` for ``min`` and the other way round."""
    names = {"max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum"}
    if isinstance(node, ast.Attribute) and node.attr in names:
        yield _copy(node, attr=names[node.attr])
    if isinstance(node, ast.Name) and node.id in ("max", "min"):
        yield _copy(node, id=names[node.id])


def lost_update(node: ast.AST) -> Nodes:
    """An entry of an array that is never written."""
    if isinstance(node, ast.Assign) and all(isinstance(t, ast.Subscript) for t in node.targets):
        yield ast.Pass()


OPERATORS: tuple[Callable[[ast.AST], Nodes], ...] = (
    swapped_sign,
    dropped_term,
    off_by_one,
    shifted_index,
    wrong_axis,
    wrong_ddof,
    float32_constant,
    changed_constant,
    strict_comparison,
    mean_for_sum,
    removed_guard,
    exchanged_bounds,
    lost_update,
)


def _copy(node: ast.AST, **changed: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in changed.items():
        setattr(new, name, value)
    return new


def _plus(node: ast.expr, step: int) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return ast.Constant(node.value + step)
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return ast.Constant(-node.operand.value + step)  # type: ignore[operator]
    return ast.BinOp(node, ast.Add() if step > 0 else ast.Sub(), ast.Constant(abs(step)))


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_module(node: ast.AST) -> bool:
    return _name(node) in ("np", "numpy", "math", "torch", "jnp", "jax", "lax", "xp", "cn")


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _is_sum(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Add | ast.Sub)


# -- finding and applying ------------------------------------------------------------------


class _Planter(ast.NodeTransformer):
    """Walks the functions it is told to; replaces one node, or only counts what it could."""

    def __init__(self, operator: Callable[[ast.AST], Nodes], names: set[str], target: int | None):
        self.operator, self.names, self.target = operator, names, target
        self.found: list[tuple[int, str, str]] = []
        self.line = 0

    def visit_Module(self, node: ast.Module) -> ast.AST:
        for i, part in enumerate(node.body):
            if _defines(part) & self.names:
                node.body[i] = self.visit(part)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(part) for part in node.body]  # not decorators, not annotations
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        self.line = getattr(node, "lineno", self.line)
        for new in self.operator(node):
            if self.target == len(self.found):
                self.found.append((self.line, _text(node), _text(new)))
                return ast.fix_missing_locations(ast.copy_location(new, node))
            self.found.append((self.line, _text(node), _text(new)))
        return super().visit(node)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Pass):
        return "nothing"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def mutants(implementation: Implementation, kernel: str) -> list[Mutant]:
    """Return every change to the code that an implementation reaches."""
    found = []
    for path, names in reachable(implementation.path, kernel).items():
        source = path.read_text(encoding="utf-8")
        for operator in OPERATORS:
            planter = _Planter(operator, names, None)
            planter.visit(ast.parse(source))
            found += [
                Mutant(operator.__name__.replace("_", " "), path, i, line, before, after)
                for i, (line, before, after) in enumerate(planter.found)
            ]
    return found


def choose(
    found: list[Mutant], each: int, most: int, seed: str, compiled: bool = False
) -> list[Mutant]:
    """Return up to `each` mutants of every operator, `most` in all, the same ones every time."""
    rng = random.Random(seed)
    if compiled:  # rarely worth a compilation: almost always without effect
        found = [mutant for mutant in found if mutant.operator != "strict comparison"]
    groups: dict[str, list[Mutant]] = {}
    for mutant in found:
        groups.setdefault(mutant.operator, []).append(mutant)
    chosen = [m for group in groups.values() for m in rng.sample(group, min(each, len(group)))]
    rng.shuffle(chosen)
    return sorted(chosen[:most], key=lambda m: (str(m.path), m.line, m.operator, m.index))


def mutated(mutant: Mutant, names: set[str]) -> str:
    """Return the source of a file with the change applied."""
    operator = next(o for o in OPERATORS if o.__name__.replace("_", " ") == mutant.operator)
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    return ast.unparse(_Planter(operator, names, mutant.index).visit(tree))


def reachable(path: Path, *names: str) -> dict[Path, set[str]]:
    """Return the functions and constants, by file, that functions of a file reach."""
    found: dict[Path, set[str]] = {}
    due = [(path, name) for name in names]
    while due:
        file, name = due.pop()
        if name in found.setdefault(file, set()):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        defined = {known: part for part in tree.body for known in _defines(part)}
        if name not in defined:
            continue
        found[file].add(name)
        imported, modules = _imports(tree, file)
        for node in ast.walk(defined[name]):
            if isinstance(node, ast.Name) and node.id in defined:
                due.append((file, node.id))
            elif isinstance(node, ast.Name) and node.id in imported:
                due.append(imported[node.id])
            elif isinstance(node, ast.Attribute) and _name(node.value) in modules:
                due.append((modules[_name(node.value)], node.attr))
    return {file: reached for file, reached in found.items() if reached}


def _defines(node: ast.AST) -> set[str]:
    """Return the function or the constants that a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {name.id for t in targets for name in ast.walk(t) if isinstance(name, ast.Name)}


def _imports(tree: ast.Module, file: Path) -> tuple[dict[str, tuple[Path, str]], dict[str, Path]]:
    """Return the functions and the modules that a file takes from its suite, by local name."""
    functions, modules = {}, {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        folder = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        for alias in node.names:
            local = alias.asname or alias.name
            if folder.with_suffix(".py").is_file():
                functions[local] = (folder.with_suffix(".py"), alias.name)
            elif (folder / f"{alias.name}.py").is_file():
                modules[local] = folder / f"{alias.name}.py"
    return functions, modules


def plant(folder: KernelFolder, path: Path, source: str, into: Path) -> KernelFolder:
    """Return a copy of a kernel's folder, in a copy of its suites, with one file replaced."""
    root = folder.path.parent.parent
    _mirror(root, into, {path, folder.path / "kernel.py"}, path, source)
    return discover([into / folder.suite / folder.name])[folder.id]


def _mirror(source: Path, target: Path, opened: set[Path], path: Path, text: str) -> None:
    target.mkdir(parents=True)
    for entry in source.iterdir():
        if entry == path:
            (target / entry.name).write_text(text, encoding="utf-8")
        elif entry.is_dir() and any(file.is_relative_to(entry) for file in opened):
            _mirror(entry, target / entry.name, opened, path, text)
        elif entry.name != "__pycache__":
            (target / entry.name).symlink_to(entry)
