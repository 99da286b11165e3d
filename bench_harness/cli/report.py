"""``bench-harness report``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import store
from bench_harness.report.markdown import render_report


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
def command(records: tuple[Path, ...], output: Path | None, verification: bool) -> None:
    """Render one or more records as Markdown.

    \b
    Examples:
      bench-harness report results/run.json
      bench-harness report results/run.json --output report.md
    """
    text = "\n".join(render_report(store.load(path), verification) for path in records)
    if output is None:
        click.echo(text)
    else:
        store.write_atomically(output, text)
