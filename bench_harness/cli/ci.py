"""What ``run``, ``compare`` and ``gate`` have in common for CI services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from bench_harness import store
from bench_harness.cli import options
from bench_harness.comparison import Comparison
from bench_harness.integrations import ci
from bench_harness.integrations.formats import junit
from bench_harness.model import RunRecord

FILES = ("junit", "comment")


def ci_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--github``, ``--junit`` and ``--comment``."""
    for option in (
        click.option(
            "--comment",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE.md",
            help="Also write the outcome as a comment for a pull or merge request.",
        ),
        click.option(
            "--junit",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE.xml",
            help="Also write the outcome of each case as JUnit XML.",
        ),
        click.option(
            "--github",
            is_flag=True,
            help="In GitHub Actions: annotate what is broken, and add to the step summary.",
        ),
    ):
        command = option(command)
    return command


def check(given: Mapping[str, Any]) -> None:
    """Find out before anything is measured that the files can be written."""
    for name in FILES:
        if given[name] is not None:
            options.check_writable(given[name])


def publish(outcome: RunRecord | Comparison, given: Mapping[str, Any]) -> None:
    """Write what the options ask for."""
    if not given["github"] and all(given[name] is None for name in FILES):
        return
    if isinstance(outcome, RunRecord):
        news, render = ci.of_record(outcome), partial(junit.export, outcome)
    else:
        news, render = ci.of_comparison(outcome), partial(junit.export_comparison, outcome)
    if given["junit"] is not None:
        store.write_atomically(given["junit"], store.scrub(render()))
    if given["comment"] is not None:
        store.write_atomically(given["comment"], store.scrub(ci.comment(news)))
    if given["github"]:
        ci.add_step_summary(store.scrub(news.markdown))
        if lines := ci.workflow_commands(news.notices):
            click.echo(store.scrub(lines))
