"""``python -m tests.completeness``: check every method of the array protocol on every backend.

Writes the table of docs/backends.md between its two marks. Each backend is checked in a process
of its own, ``python -m tests.completeness BACKEND``, which prints one line for each check.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from bench_harness import UnsupportedOperationError, create_backend
from bench_harness.functions import bundled_kernels, definition

PAGE = Path(__file__).resolve().parents[1] / "docs/backends.md"
BEGIN, END = "<!-- completeness: begin -->", "<!-- completeness: end -->"
BACKENDS = ("numpy", "torch", "jax", "cupynumeric")


@dataclass(frozen=True)
class Outcome:
    """One check: ``ok``, ``unsupported`` or ``differs``, and how."""

    method: str
    dtype: str
    case: str
    kind: str
    detail: str = ""


def conformance() -> ModuleType:
    """Return the module of suite array_ops, imported as the harness imports suites."""
    kernel, _ = definition("array_ops/method")
    package = kernel.make_inputs.__module__.rsplit(".", 2)[0]
    return importlib.import_module(f"{package}.conformance")


def check_backend(backend: Any, thorough: bool) -> list[Outcome]:
    """Return the outcome of every check on a backend."""
    rules = conformance()
    return [
        Outcome(method.name, dtype, case, *check(backend, rules, method, dtype, case))
        for method, dtype, case in rules.every_check(thorough)
    ]


def check(backend: Any, rules: ModuleType, method: Any, dtype: str, case: str) -> tuple[str, str]:
    """Return kind and detail of one check."""
    inputs = rules.prepare(method, dtype, case)
    native = [backend.array(x) for x in inputs]
    if case == "strided":
        native = [backend.transpose(x) for x in native]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = backend.to_numpy(method.call(backend, *native))
    except UnsupportedOperationError as error:
        return "unsupported", str(error)
    except Exception as error:
        return "differs", f"{type(error).__name__}: {error}"
    problem = rules.problem(method, inputs, case, got)
    return ("ok", "") if problem is None else ("differs", problem)


def table(outcomes: dict[str, list[Outcome]]) -> str:
    """Return the completeness table and the list of known differences as Markdown."""
    rules = conformance()
    notes = list(rules.DIFFERENCES)
    lines = [
        "| Method | " + " | ".join(outcomes) + " |",
        "|:---|" + ":--:|" * len(outcomes),
    ]
    for name in dict.fromkeys(method.attribute for method in rules.METHODS):
        cells = [_cell(name, found, notes, backend) for backend, found in outcomes.items()]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    counts = ", ".join(f"{len(found)} on {backend}" for backend, found in outcomes.items())
    lines += ["", f"Checks: {counts}. Each number in the table is one of these differences:", ""]
    for number, note in enumerate(notes, 1):
        methods = ", ".join(f"`{name}`" for name in note.methods)
        lines.append(f"{number}. {note.backend}, {methods} ({note.kind}): {note.reason}.")
    return "\n".join(lines)


def _cell(name: str, found: list[Outcome], notes: list[Any], backend: str) -> str:
    """Return ``yes``, the numbers of the differences, or ``no`` where nothing works."""
    mine = [outcome for outcome in found if outcome.method.partition(":")[0] == name]
    numbers = []
    for outcome in mine:
        if outcome.kind == "ok":
            continue
        entry = [
            n
            for n, note in enumerate(notes, 1)
            if note.covers(backend, outcome.method, outcome.dtype, outcome.case)
        ]
        numbers += entry or ["?"]
    works = "yes" if any(outcome.kind == "ok" for outcome in mine) else "no"
    marks = ", ".join(str(number) for number in dict.fromkeys(numbers))
    return f"{works} ({marks})" if marks else works


def page_with(text: str, block: str) -> str:
    """Return a page with the block between its marks replaced."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{block}\n\n{END}{tail}"


def main() -> None:
    """Check all backends and write the page, or check one and print."""
    assert "array_ops/method" in bundled_kernels()
    if len(sys.argv) > 1:
        for outcome in check_backend(create_backend(sys.argv[1]), thorough=True):
            print("outcome", json.dumps(asdict(outcome)))
        return
    outcomes = {}
    for name in BACKENDS:
        command = [sys.executable, "-m", "tests.completeness", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith("outcome ")]
        outcomes[name] = [Outcome(**json.loads(line.partition(" ")[2])) for line in lines]
    PAGE.write_text(page_with(PAGE.read_text(), table(outcomes)), encoding="utf-8")


if __name__ == "__main__":
    main()
