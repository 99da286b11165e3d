"""Doubts with their remedies, and what was not measured with its reason: each said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench_harness.model import NOT_RUN, CaseResult
from bench_harness.report.table import Align, Table

NAMED = 4
"""Cases that a notice names; of the others it gives the number."""


def warning_table(results: Sequence[CaseResult]) -> Table:
    """Return each warning with the cases that carry it, the most frequent first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        for text in dict.fromkeys(result.warnings):
            found.setdefault((text,), []).append(result.case.id)
    columns: list[tuple[str, Align]] = [
        ("Warning, and its remedy", "left"),
        ("Cases", "right"),
        ("Which", "left"),
    ]
    return Table("Warnings", columns, _rows(found))


def not_measured_table(results: Sequence[CaseResult]) -> Table:
    """Return the cases of which nothing was run, by reason."""
    found: dict[tuple[str, ...], list[str]] = {}
    for result in results:
        if result.status in NOT_RUN:
            found.setdefault((result.status, result.reason or ""), []).append(result.case.id)
    columns: list[tuple[str, Align]] = [
        ("Status", "left"),
        ("Reason, and what can be done", "left"),
        ("Cases", "right"),
        ("Which", "left"),
    ]
    return Table("Not measured", columns, _rows(found))


def _rows(found: Mapping[tuple[str, ...], Sequence[str]]) -> list[list[str]]:
    rows = []
    for texts, ids in sorted(found.items(), key=lambda item: -len(item[1])):
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        rows.append([*texts, f"{len(ids)}", ", ".join(f"`{name}`" for name in ids[:NAMED]) + more])
    return rows
