"""What a table is, and how tables name and order cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from bench_harness import units
from bench_harness.backends import NAMES
from bench_harness.model import Case, CaseResult
from bench_harness.summary import reference_key, shown_times, speedup_range

Align = Literal["left", "right"]

ON_DEVICES = ("torch", "jax", "cupynumeric")
"""Backends that tables name with their device even where it is the CPU."""


@dataclass(frozen=True)
class Table:
    """A heading, columns with their alignment, rows of text, and notes below.

    `cases` has the case id that each row is about, where rows are about one case.
    """

    title: str
    columns: Sequence[tuple[str, Align]]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)
    cases: Sequence[str] = field(default_factory=tuple)


def backend_cell(case: Case) -> str:
    """Return how a table names a backend: `` `torch` (`cpu`, `compile=True`) ``."""
    facts = []
    if case.device != "cpu" or case.backend in ON_DEVICES:
        facts.append(f"`{case.device}`")
    if case.variant == "compile":
        facts.append("`compile=True`")
    elif case.variant:
        facts.append(f"`{case.variant}`")
    return f"`{case.backend}`" + (f" ({', '.join(facts)})" if facts else "")


def column_of(case: Case) -> str:
    """Return the column a case stands in: the backend's label, with a device that is no CPU."""
    return f"`{case.label}`" if case.device == "cpu" else f"`{case.label}` ({case.device})"


def title_of(case: Case) -> str:
    """Return the heading of a group's table."""
    return f"{case.group_id} ({case.dtype})"


def size_text(case: Case) -> str:
    """Return a preset with its parameters: ``default: n=500``."""
    params = ", ".join(f"{name}={value}" for name, value in case.params.items())
    preset = case.preset.partition(":")[0]
    dtype = "" if case.dtype == "float64" else f", {case.dtype}"
    return f"{preset}: {params}{dtype}" if params else f"{preset}{dtype}"


def table_order(case: Case) -> tuple[int, str, str, str]:
    """Return the key that sorts cases of a group; backends of a later version come last."""
    known = NAMES.index(case.backend) if case.backend in NAMES else len(NAMES)
    return known, case.backend, case.variant, case.device


def by_suite(results: Sequence[CaseResult]) -> list[tuple[str, list[CaseResult]]]:
    """Return results suite by suite, in the order of the record."""
    return [(s, list(rs)) for s, rs in groupby(results, key=lambda result: result.case.suite)]


def steady_cell(result: CaseResult) -> str:
    """Return the steady median in milliseconds; of a case that never settled, a range."""
    low, high = map(units.milliseconds, shown_times(result))
    return low if low == high else f"{low} to {high}"


def speedup_cell(result: CaseResult, reference: CaseResult | None) -> str:
    """Return the speedup; its bounds where the case or the reference never settled."""
    return units.ratio_range(speedup_range(result, reference))


def by_group(results: Sequence[CaseResult]) -> list[list[CaseResult]]:
    """Return results group by group, in the order of the record."""
    return [list(group) for _, group in groupby(results, key=reference_key)]
