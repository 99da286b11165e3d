"""Histories as tables and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench_harness import units
from bench_harness.errors import ConfigurationError
from bench_harness.report.optional import optional
from bench_harness.report.table import Align, Table

if TYPE_CHECKING:
    from bench_harness.history import Run, Series

MS = 1e3
MAX_LINES = 12
"""Series that a plot can show and still be read."""


def overview_table(found: Sequence[Series]) -> Table:
    """Return a row for each series: where it stands, and when its level changed last."""
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Machine", "left"),
        ("Runs", "right"),
        ("Last [ms]", "right"),
        ("Status", "left"),
        ("Level [ms]", "right"),
        ("Last change", "left"),
    ]
    rows = []
    for series in found:
        levels = series.levels
        last = series.timed[-1].point.median_s if series.timed else None
        rows.append(
            [
                f"`{series.case_id}`",
                series.machine,
                str(len(series.runs)),
                units.milliseconds(last),
                series.runs[-1].point.status,
                units.milliseconds(levels[-1][2]) if levels else units.MISSING,
                change_text(series, len(series.changes)) if series.changes else units.MISSING,
            ]
        )
    return Table("History", columns, rows)


def series_table(series: Series) -> Table:
    """Return the runs of one series, with the level that each belongs to."""
    columns: list[tuple[str, Align]] = [
        ("Started", "left"),
        ("Commit", "left"),
        ("Status", "left"),
        ("Median [ms]", "right"),
        ("Level [ms]", "right"),
    ]
    level = {
        series.timed[position].entry.run_id: value
        for low, high, value in series.levels
        for position in range(low, high)
    }
    rows = [
        [
            run.entry.started_at,
            short_commit(run),
            run.point.status,
            units.milliseconds(run.point.median_s),
            units.milliseconds(level.get(run.entry.run_id)),
        ]
        for run in series.runs
    ]
    notes = [change_text(series, number) for number in range(1, len(series.changes) + 1)]
    if not notes:
        notes = [f"No change of level in {len(series.timed)} runs."]
    return Table(f"{series.case_id} on machine {series.machine}", columns, rows, notes)


def change_text(series: Series, number: int) -> str:
    """Return a sentence on the change with which a level begins; the first level has number 0."""
    (_, _, before), (low, _, after) = series.levels[number - 1], series.levels[number]
    run = series.timed[low]
    return (
        f"{units.percent(after / before - 1, signed=True)} since {run.entry.started_at[:10]} "
        f"({short_commit(run)}): {units.milliseconds(before)} to {units.milliseconds(after)} ms"
    )


def short_commit(run: Run) -> str:
    """Return a commit's first letters, with its sign for changes that are not committed."""
    commit = run.entry.commit
    if commit is None:
        return units.MISSING
    return commit[:8] + ("+" if commit.endswith("+") else "")


def plot(found: Sequence[Series], path: Path) -> None:
    """Draw the medians over time, the levels, and where they change, to a PNG or SVG file.

    Raises
    ------
    ConfigurationError
        Without matplotlib, and for more series than can be read.
    """
    if len(found) > MAX_LINES:
        raise ConfigurationError(
            f"{len(found)} cases are more than the {MAX_LINES} that a plot can show: select fewer."
        )
    figure = optional("matplotlib.figure", "--plot").Figure(
        figsize=(9, 1 + 2.2 * len(found)), layout="constrained"
    )
    panels = figure.subplots(len(found), sharex=True, squeeze=False)[:, 0]
    for axes, series in zip(panels, found, strict=True):
        dates = [datetime.fromisoformat(run.entry.started_at) for run in series.timed]
        values = [MS * (run.point.median_s or 0.0) for run in series.timed]
        axes.plot(dates, values, ".", color="tab:blue")
        for number, (low, high, level) in enumerate(series.levels):
            axes.hlines(MS * level, dates[low], dates[high - 1], color="tab:orange")
            if number:
                axes.axvline(dates[low], color="tab:red", linestyle=":")
        axes.set_title(f"{series.case_id} on {series.machine}", fontsize="small", loc="left")
        axes.set_ylabel("median [ms]")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.autofmt_xdate()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
