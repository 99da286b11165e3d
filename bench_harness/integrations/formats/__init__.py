"""Records in the file formats of other tools, one module each.

An exporter writes only what was verified: a time of a wrong answer must not look like a pass in
a tool that knows no status. JUnit, which does know one, gets every case.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from bench_harness.errors import HarnessError, RecordError, UnknownNameError
from bench_harness.model import CaseResult, RunRecord

EXPORTS = {
    "asv": "asv_results",
    "bencher": "bencher",
    "github-action-benchmark": "github_action_benchmark",
    "junit": "junit",
    "pyperf": "pyperf_json",
    "pytest-benchmark": "pytest_benchmark_json",
}
"""Format -> module with ``export(record)``; ``asv`` has ``export(record, folder)``."""

FOLDERS = frozenset({"asv"})
"""Formats that are a folder of files."""

EVERY_STATUS = frozenset({"junit"})
"""Formats that know a status, and so get every case."""

IMPORTS = {"pyperf": "pyperf_json", "pytest-benchmark": "pytest_benchmark_json"}
"""Format -> module with ``parse(text, where)``."""


def trusted(record: RunRecord) -> list[CaseResult]:
    """Return the results whose times may be shown as times: measured, and verified."""
    return [result for result in record.results if result.status == "ok" and result.measurements]


def export_text(record: RunRecord, name: str) -> str:
    """Return a record in a format that is one file."""
    exporter: Callable[[RunRecord], str] = _module(name, EXPORTS).export
    return exporter(record)


def export_folder(record: RunRecord, name: str, folder: Path) -> Sequence[Path]:
    """Write a record in a format that is a folder of files; returns the files."""
    exporter: Callable[[RunRecord, Path], Sequence[Path]] = _module(name, EXPORTS).export
    return exporter(record, folder)


def parse(text: str, name: str, where: str) -> RunRecord:
    """Return the record in a file of another tool; `where` names it in errors."""
    importer: Callable[[str, str], RunRecord] = _module(name, IMPORTS).parse
    try:
        return importer(text, where)
    except HarnessError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # No tool wrote this: there are more ways to be wrong than the importers ask for.
        why = " ".join(str(error).split())[:200]
        raise RecordError(f"{where} is no file of {name} that can be read: {why}.") from error


def _module(name: str, known: dict[str, str]) -> ModuleType:
    if name not in known:
        raise UnknownNameError("format", name, known)
    return importlib.import_module(f"{__name__}.{known[name]}")
