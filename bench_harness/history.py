"""A folder of records as a history: an index, series of medians, baselines for each machine."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from bench_harness import store
from bench_harness.environment import machine_key
from bench_harness.errors import ConfigurationError, RecordError
from bench_harness.model import BROKEN, Environment, Record, RunRecord, Seconds, Status, matches
from bench_harness.stats.changes import change_points
from bench_harness.stats.estimates import median
from bench_harness.summary import samples_of

INDEX = "index.json"
BASELINES = "baselines"
PASSED_BY = (".", "gate-")
"""How the names of files and folders begin that are no part of a history: the short runs of a gate
are made for one another."""
MAX_RUNS = 200
"""Runs of a case that are looked at, the last ones."""


class Point(Record):
    """One case in one run."""

    status: Status
    median_s: Seconds | None = None


class Entry(Record):
    """One record of the folder."""

    path: str
    """Relative to the folder."""
    size: int
    mtime_ns: int
    run_id: str
    started_at: str
    machine: str
    """The key of the machine's fingerprint."""
    host: str
    commit: str | None = None
    imported: bool = False
    cases: dict[str, Point]


class Index(Record):
    """What is known of a folder; made again from the records whenever it does not fit."""

    version: Literal[1] = 1
    entries: list[Entry]


@dataclass(frozen=True)
class Run:
    """One case in one run of its history."""

    entry: Entry
    point: Point


@dataclass(frozen=True)
class Series:
    """The history of one case on one machine, in the order of the runs' starts.

    Parameters
    ----------
    case_id, machine : str
    runs : tuple of Run
        All of them.
    timed : tuple of Run
        Those whose times count: verified, or imported from a tool that verifies nothing.
    changes : tuple of int
        Positions among `timed` at which a new level begins.
    """

    case_id: str
    machine: str
    runs: tuple[Run, ...]
    timed: tuple[Run, ...]
    changes: tuple[int, ...]

    @property
    def levels(self) -> list[tuple[int, int, float]]:
        """Return begin, end and median of each level, in seconds."""
        bounds = [0, *self.changes, len(self.timed)]
        return [
            (low, high, median([[run.point.median_s or 0.0 for run in self.timed[low:high]]]))
            for low, high in pairwise(bounds)
            if high > low
        ]


def read(folder: Path) -> tuple[list[Entry], list[str]]:
    """Return the entries of a folder of records, and a sentence on each file passed over.

    The index in the folder spares reading records that did not change; where it cannot be
    written, everything is read each time.
    """
    if not folder.is_dir():
        raise RecordError(f"{folder} is no folder of records. Give one with --results.")
    known = {entry.path: entry for entry in _load_index(folder / INDEX).entries}
    entries, passed_over = [], []
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix()
        if name == INDEX or any(part.startswith(PASSED_BY) for part in Path(name).parts):
            continue
        try:
            found = path.stat()
            entry = known.get(name)
            if entry is None or (entry.size, entry.mtime_ns) != (found.st_size, found.st_mtime_ns):
                entry = _entry(store.load(path), name, found.st_size, found.st_mtime_ns)
            entries.append(entry)
        except (OSError, RecordError) as error:
            passed_over.append(f"{name} is passed over: {error}")
    if entries != [*known.values()]:
        with contextlib.suppress(OSError):
            text = Index(entries=entries).model_dump_json(indent=1)
            store.write_atomically(folder / INDEX, text + "\n")
    return _once(entries), passed_over


def _load_index(path: Path) -> Index:
    try:
        return Index.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return Index(entries=[])


def _entry(record: RunRecord, name: str, size: int, mtime_ns: int) -> Entry:
    source = record.environment.source
    return Entry(
        path=name,
        size=size,
        mtime_ns=mtime_ns,
        run_id=record.run_id,
        started_at=record.started_at,
        machine=machine_key(record.environment),
        host=record.environment.host,
        commit=source.commit + ("+" if source.dirty else "") if source else None,
        imported=record.imported_from is not None,
        cases={
            result.case.id: Point(
                status=result.status,
                median_s=median(samples_of(result)) if result.measurements else None,
            )
            for result in record.results
        },
    )


def _once(entries: Iterable[Entry]) -> list[Entry]:
    """Return each run once, in the order of their starts: a baseline is a copy of one."""
    by_run = {entry.run_id: entry for entry in entries}
    return sorted(by_run.values(), key=lambda entry: (entry.started_at, entry.path))


def series(
    entries: Sequence[Entry], selectors: Sequence[str] = (), machine: str | None = None
) -> list[Series]:
    """Return the histories of the cases that selectors match, of each machine apart."""
    found: dict[tuple[str, str], list[Run]] = {}
    for entry in entries:
        if machine is not None and entry.machine != machine:
            continue
        for case_id, point in entry.cases.items():
            if not selectors or any(matches(case_id, selector) for selector in selectors):
                found.setdefault((case_id, entry.machine), []).append(Run(entry, point))
    return [_series(*key, runs[-MAX_RUNS:]) for key, runs in sorted(found.items())]


def _series(case_id: str, machine: str, runs: list[Run]) -> Series:
    timed = tuple(run for run in runs if _counts(run))
    # Of logarithms: a change by a tenth is one, however long the kernel takes.
    changes = change_points([math.log(run.point.median_s or 1.0) for run in timed])
    return Series(case_id, machine, tuple(runs), timed, tuple(changes))


def _counts(run: Run) -> bool:
    right = run.point.status == "ok" or (run.entry.imported and run.point.status == "unchecked")
    return right and bool(run.point.median_s)


# -- baselines -------------------------------------------------------------------------------


def baseline_path(folder: Path, machine: Environment, name: str) -> Path:
    """Return where the baseline of a machine lies in a folder of records."""
    return folder / BASELINES / machine_key(machine) / f"{name}.json"


def check_baseline(record: RunRecord, where: str) -> None:
    """Refuse a record that others should not be compared with."""
    broken = [result.case.id for result in record.results if result.status in BROKEN]
    measured = any(result.status == "ok" for result in record.results)
    if broken and record.imported_from is None:
        raise ConfigurationError(
            f"{where} cannot be a baseline: {broken[0]} is not ok. Mend it and measure again."
        )
    if not measured and record.imported_from is None:
        raise ConfigurationError(f"{where} cannot be a baseline: nothing was measured.")
