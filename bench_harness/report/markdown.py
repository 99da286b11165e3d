"""GitHub-flavoured Markdown: one table, or the report of a whole record."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from tabulate import tabulate

from bench_harness import units
from bench_harness.model import RunRecord
from bench_harness.report.checks import (
    determinism_table,
    frontier_table,
    gradient_table,
    verification_table,
)
from bench_harness.report.environments import (
    config_lines,
    difference_table,
    environment_lines,
    reproduction,
)
from bench_harness.report.findings import findings
from bench_harness.report.leaders import leader_table, standings
from bench_harness.report.life import life_table
from bench_harness.report.memory import memory_table
from bench_harness.report.notices import not_measured_table, warning_table
from bench_harness.report.portable import portable_table
from bench_harness.report.scaling import scaling_table
from bench_harness.report.side_by_side import side_by_side_table
from bench_harness.report.table import Table, by_group, by_suite
from bench_harness.report.times import group_table, suite_table

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", "|": "\\|"})


def render_table(table: Table, heading: str = "###") -> str:
    """Return a table with its heading and notes."""
    parts = [f"{heading} {escape(table.title)}"]
    if table.rows:
        parts.append(
            tabulate(
                [[escape(cell) for cell in row] for row in table.rows],
                headers=[escape(name) for name, _ in table.columns],
                tablefmt="pipe",
                colalign=[align for _, align in table.columns],
                disable_numparse=True,
            )
        )
    if table.notes:
        parts.append("\n".join(f"* {escape(note)}" for note in table.notes))
    return "\n\n".join(parts) + "\n"


@functools.lru_cache(maxsize=4096)  # most cells of a large report are in it many times
def escape(text: str) -> str:
    """Return text that cannot leave its cell, nor become HTML.

    Records may come from anywhere: a bar would start a column, a ``<`` a tag, a newline a row,
    ``](`` a link or an image that is fetched, an escape character a command to the terminal.
    """
    text = units.printable(" ".join(text.split())).translate(ESCAPES)
    return text.replace("](", r"]\(")


def render_reports(records: Sequence[RunRecord], verification: bool = True) -> str:
    """Return the reports of records; of several, first how they differ."""
    reports = [render_report(record, verification) for record in records]
    if len(records) > 1:
        reports[:0] = [
            "# Records side by side\n",
            render_table(difference_table(records), "##"),
            render_table(side_by_side_table(records), "##"),
        ]
    return "\n".join(reports)


def render_report(record: RunRecord, verification: bool = True) -> str:
    """Return the report of a record: findings, environment, tables suite by suite, details."""
    found = standings(record)
    parts = [
        f"# Benchmark report: {escape(record.environment.host)}, {escape(record.started_at)}\n",
        _bullets(findings(record, found)),
        *_filled(leader_table(found.leaders)),
        "## Environment\n",
        _bullets(environment_lines(record.environment) + config_lines(record)),
    ]
    for suite, results in by_suite(record.results):
        parts.append(f"## Suite `{escape(suite)}`\n")
        groups = by_group(results)
        if len(groups) > 1:
            parts.append(render_table(suite_table(suite, results)))
        parts += [render_table(group_table(group, record)) for group in groups]
    parts += _filled(
        portable_table(record.results),
        scaling_table(record.results),
        frontier_table(record.results),
        determinism_table(record.results),
        gradient_table(record.results),
        life_table(record.results),
        memory_table(record.results),
    )
    if verification:
        parts.append(render_table(verification_table(record.results), "##"))
    parts += _filled(warning_table(record.results), not_measured_table(record.results))
    parts += ["## How to reproduce\n", _fenced(reproduction(record))]
    return "\n".join(parts)


def _filled(*tables: Table) -> list[str]:
    """Return the sections of the tables that have something to show."""
    return [render_table(table, "##") for table in tables if table.rows]


def _fenced(text: str) -> str:
    """Return text as a code block, in a fence longer than any that the text holds."""
    text = units.printable(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}\n"


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"* {escape(line)}" for line in lines) + "\n"
