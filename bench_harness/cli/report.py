"""``bench-harness report``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import store
from bench_harness.errors import ConfigurationError
from bench_harness.report.markdown import render_reports, render_table
from bench_harness.report.ratios import load_targets, ratio_table


@click.command()
@click.argument(
    "records", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="Write here instead of to stdout.",
)
@click.option(
    "--verification/--no-verification", default=True, help="With the table of errors and budgets."
)
@click.option(
    "--ratios",
    is_flag=True,
    help="Only the ratios to NumPy, the records side by side.",
)
@click.option(
    "--targets",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="With --ratios: the ratios aimed at, as selector,threads,ratio.",
)
def command(
    records: tuple[Path, ...],
    output: Path | None,
    verification: bool,
    ratios: bool,
    targets: Path | None,
) -> None:
    """Render one or more records as Markdown.

    \b
    Examples:
      bench-harness report results/run.json
      bench-harness report results/run.json --output report.md
      bench-harness report one_thread.json two_threads.json --ratios --targets targets.csv
    """
    if targets is not None and not ratios:
        raise ConfigurationError("--targets FILE is shown in the table of --ratios: add --ratios.")
    loaded = [store.load(path) for path in records]
    if ratios:
        table = ratio_table(loaded, load_targets(targets) if targets else [])
        text = render_table(table, "#")
    else:
        text = render_reports(loaded, verification)
    if output is None:
        click.echo(text)
    else:
        store.write_atomically(output, text)
