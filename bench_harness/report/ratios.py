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
from bench_harness.summary import reference_key, references, speedup_range

COLUMNS = ("selector", "threads", "ratio")


@dataclass(frozen=True)
class Target:
    """The ratio to the reference that a case should reach at a number of threads."""

    selector: str
    threads: int
    ratio: float


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
    found = [{result.case.id: result for result in record.results} for record in records]
    rows = []
    for case_id in dict.fromkeys(case_id for results in found for case_id in results):
        results = [by_id.get(case_id) for by_id in found]
        first = next(result for result in results if result is not None)
        if all(result is None or result.status in NOT_RUN for result in results):
            continue
        ratios = [
            None if result is None else speedup_range(result, reference.get(reference_key(result)))
            for result, reference in zip(results, known, strict=True)
        ]
        row = [f"`{first.case.group_id}` {first.case.dtype}", backend_cell(first.case)]
        for result, ratio in zip(results, ratios, strict=True):
            row += [_time(result), units.ratio_range(ratio)]
        if first.case.label != REFERENCE:
            row += _target(case_id, records, ratios, targets)
        rows.append(row)
    return Table("Ratios to NumPy", columns, rows)


def _time(result: CaseResult | None) -> str:
    if result is None or not result.measurements:
        return units.MISSING
    return steady_cell(result)


def _target(
    case_id: str,
    records: Sequence[RunRecord],
    ratios: Sequence[tuple[float, float] | None],
    targets: Sequence[Target],
) -> list[str]:
    """Return the target of a case and whether the record at its number of threads reaches it."""
    for target in targets:
        if matches(case_id, target.selector):
            text = f"{units.ratio(target.ratio)} at {target.threads}"
            for record, ratio in zip(records, ratios, strict=True):
                if record.config.threads == target.threads and ratio is not None:
                    low, high = ratio
                    if low < target.ratio <= high:
                        return [text, "unclear"]
                    return [text, "yes" if low >= target.ratio else "**no**"]
            return [text, "not measured"]
    return ["", ""]
