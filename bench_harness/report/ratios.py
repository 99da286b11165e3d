"""Speed over the reference in several records side by side, next to the ratios aimed at.

The records are of the same cases under other conditions, as a rule one thread and all threads.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.errors import ConfigurationError
from bench_harness.model import NOT_RUN, CaseResult, RunRecord, matches
from bench_harness.report.table import Align, Table, backend_cell, steady_cell
from bench_harness.summary import reference_key, references, slowed, speedup_range

COLUMNS = ("selector", "threads", "ratio")


@dataclass(frozen=True)
class Target:
    """The ratio to the reference that a case should reach at a number of threads."""

    selector: str
    threads: int
    ratio: float


@dataclass(frozen=True)
class _Reached:
    """The bounds of a case's ratio to the reference in one record."""

    threads: int
    low: float
    high: float
    case_slowed: bool
    """The case never had its core to itself: undisturbed, its ratio is higher."""
    reference_slowed: bool
    """Nor had what it is set against: undisturbed, the ratio is lower."""

    def verdict(self, target: float) -> str:
        if self.low >= target and not self.reference_slowed:
            return "yes"
        if self.high < target and not self.case_slowed:
            reads_the_same = units.ratio(self.high) == units.ratio(target)
            return f"**no**: {self.high / target:.1%} of it" if reads_the_same else "**no**"
        return "unclear: slowed" if self.case_slowed or self.reference_slowed else "unclear"


def load_targets(path: Path) -> list[Target]:
    """Read targets from a CSV file with the columns ``selector,threads,ratio``.

    Raises
    ------
    ConfigurationError
        If the file cannot be read; names the line.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            lines = csv.DictReader(line for line in file if not line.startswith("#"))
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise ValueError(f"the columns must be {','.join(COLUMNS)}")
            targets = [
                Target(line["selector"], int(line["threads"]), float(line["ratio"]))
                for line in lines
            ]
            for target in targets:
                if target.threads < 1 or not 0 < target.ratio < math.inf:
                    raise ValueError(
                        f"{target.selector} needs a thread or more and a ratio above 0"
                    )
            return targets
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"Targets file {path} cannot be used: {error}.") from error


def ratio_table(records: Sequence[RunRecord], targets: Sequence[Target]) -> Table:
    """Return one row per case that is not the reference, one pair of columns per record."""
    columns: list[tuple[str, Align]] = [("Case", "left"), ("Backend", "left")]
    for record in records:
        threads = record.config.threads
        name = f"{threads} thread{'s' if threads > 1 else ''}"
        columns += [(f"[ms], {name}", "right"), (f"Ratio, {name}", "right")]
    columns += [("Target", "right"), ("Reached", "left")]
    known = [references(record.results) for record in records]
    hindered = [slowed(record) for record in records]
    found = [{result.case.id: result for result in record.results} for record in records]
    rows = []
    for case_id in dict.fromkeys(case_id for results in found for case_id in results):
        results = [by_id.get(case_id) for by_id in found]
        first = next(result for result in results if result is not None)
        if all(result is None or result.status in NOT_RUN for result in results):
            continue
        row = [f"`{first.case.group_id}` {first.case.dtype}", backend_cell(first.case)]
        reached = []
        for record, result, by_key, ids in zip(records, results, known, hindered, strict=True):
            reference = by_key.get(reference_key(first))
            ratio = None if result is None else speedup_range(result, reference)
            row += [_time(result), units.ratio_range(ratio)]
            if ratio is not None and reference is not None:
                were_slowed = case_id in ids, reference.case.id in ids
                reached.append(_Reached(record.config.threads, *ratio, *were_slowed))
        if first.case.label != REFERENCE:
            row += _target(case_id, reached, targets)
        rows.append(row)
    return Table("Ratios to NumPy", columns, rows)


def _time(result: CaseResult | None) -> str:
    if result is None or not result.measurements:
        return units.MISSING
    return steady_cell(result)


def _target(
    case_id: str, reached: Sequence[_Reached], targets: Sequence[Target]
) -> tuple[str, str]:
    """Return the target of a case and whether the record at its number of threads reaches it."""
    for target in targets:
        if matches(case_id, target.selector):
            found = (ratio for ratio in reached if ratio.threads == target.threads)
            ratio = next(found, None)
            verdict = "not measured" if ratio is None else ratio.verdict(target.ratio)
            return f"{units.ratio(target.ratio)} at {target.threads}", verdict
    return "", ""
