"""What a CI service shows of a run or a comparison: annotations, a step summary, a comment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench_harness.comparison import Comparison
from bench_harness.errors import ConfigurationError
from bench_harness.model import BROKEN, RunRecord
from bench_harness.report.comparison import render_comparison, slow_text, summary_lines
from bench_harness.report.findings import findings
from bench_harness.report.markdown import escape, render_report

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
MAX_SUMMARY_BYTES = 1_000_000
"""GitHub shows none of a step summary above 1 MiB."""
MAX_COMMENT_BYTES = 65_000
"""GitHub refuses a comment of more than 65,536 characters."""
MAX_ANNOTATIONS = 10
"""GitHub shows ten errors and ten warnings of a step."""
MARKER = "<!-- bench-harness -->"
"""The first line of a comment, by which a later run finds and replaces it."""


@dataclass(frozen=True)
class Notice:
    """One thing that a person must see."""

    level: Literal["error", "warning"]
    title: str
    message: str


@dataclass(frozen=True)
class News:
    """A run or a comparison, as a CI service shows it.

    Parameters
    ----------
    lines : sequence of str
        The outcome in a few sentences.
    markdown : str
        All of it.
    notices : sequence of Notice
        What stops the job, then what should be looked at.
    """

    lines: Sequence[str]
    markdown: str
    notices: Sequence[Notice]


def of_record(record: RunRecord) -> News:
    """Return the news of a run: an error for each case that cannot be trusted."""
    notices = [
        Notice("error", f"{result.case.id}: {result.status}", result.reason or result.status)
        for result in record.results
        if result.status in BROKEN
    ]
    notices += [
        Notice("warning", result.case.id, text)
        for result in record.results
        for text in result.warnings
    ]
    return News(findings(record), render_report(record), notices)


def of_comparison(comparison: Comparison) -> News:
    """Return the news of a comparison: an error for each answer lost and each regression."""
    notices = [
        Notice("error", f"{case.case.id}: {case.head_status}", "; ".join(case.lost) or "broken")
        for case in comparison.broken
    ]
    notices += [
        Notice("error", f"{case.case.id}: less accurate", "; ".join(case.lost))
        for case in comparison.cases
        if case.error_grew and not case.broken
    ]
    notices += [
        Notice("error", f"{case.case.id}: slower", slow_text(case))
        for case in comparison.with_verdict("regressed")
    ]
    notices += [
        Notice("warning", case_id, "the case is there in base and missing in head")
        for case_id in comparison.missing
    ]
    return News(summary_lines(comparison), render_comparison(comparison), notices)


def workflow_commands(notices: Sequence[Notice]) -> str:
    """Return GitHub's commands that annotate a job, one a line; what is left out is counted."""
    lines = []
    for level in ("error", "warning"):
        found = [notice for notice in notices if notice.level == level]
        shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
        lines += [
            f"::{level} title={_property(notice.title)}::{_data(notice.message)}"
            for notice in shown
        ]
        if len(found) > len(shown):
            more = f"{len(found) - len(shown)} more; see the step summary"
            lines.append(f"::{level} title=bench-harness::{more}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def comment(news: News) -> str:
    """Return a comment on a pull or merge request: the outcome, and all of it folded away."""
    head = "\n".join([MARKER, "### bench-harness", "", *(f"* {escape(x)}" for x in news.lines)])
    fold = f"{head}\n\n<details><summary>Details</summary>\n\n{{}}\n\n</details>\n"
    room = MAX_COMMENT_BYTES - len(fold.encode())
    if room < 0:
        return cut(head, MAX_COMMENT_BYTES) + "\n"
    return fold.format(cut(news.markdown, room))


def cut(text: str, limit: int) -> str:
    """Return the whole lines of a text that fit into so many bytes, and say what was cut."""
    if len(text.encode()) <= limit:
        return text
    note = "\n\n(Cut: the rest is in the record.)"
    kept = text.encode()[: limit - len(note)].decode(errors="ignore")
    return kept.rpartition("\n")[0] + note


def add_step_summary(markdown: str) -> bool:
    """Append to GitHub's step summary; False where there is none, outside of GitHub Actions."""
    path = os.environ.get(SUMMARY_VARIABLE)
    if not path:
        return False
    try:
        with open(Path(path), "a", encoding="utf-8") as file:
            file.write(cut(markdown, MAX_SUMMARY_BYTES) + "\n")
    except OSError as error:
        raise ConfigurationError(
            f"${SUMMARY_VARIABLE} names {path}, which cannot be written: {error.strerror}."
        ) from error
    return True
