"""``bench-harness report``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench_harness import store
from bench_harness.errors import ConfigurationError
from bench_harness.model import RunRecord
from bench_harness.report.datafiles import render_csv
from bench_harness.report.markdown import render_reports, render_table
from bench_harness.report.page import render_page
from bench_harness.report.plots import render_plots
from bench_harness.report.ratios import load_targets, ratio_table

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument(
    "records", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option(
    "--output",
    "--markdown",
    "output",
    type=FILE,
    metavar="FILE.md",
    help="Write the Markdown here instead of to stdout.",
)
@click.option("--html", type=FILE, metavar="FILE.html", help="Write one self-contained page.")
@click.option(
    "--plots",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write every plot as PNG and SVG.",
)
@click.option("--csv", type=FILE, metavar="FILE.csv", help="Write one line per case.")
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
    type=FILE,
    metavar="FILE.csv",
    help="With --ratios: the ratios aimed at, as selector,threads,ratio.",
)
def command(
    records: tuple[Path, ...],
    output: Path | None,
    html: Path | None,
    plots: Path | None,
    csv: Path | None,
    verification: bool,
    ratios: bool,
    targets: Path | None,
) -> None:
    """Render one or more records: Markdown, a page, plots, CSV.

    Markdown goes to stdout if no file is named.

    \b
    Examples:
      bench-harness report results/run.json
      bench-harness report results/run.json --markdown run.md --html run.html --plots plots
      bench-harness report monday.json friday.json --html both.html
      bench-harness report one_thread.json two_threads.json --ratios --targets targets.csv
    """
    others = [path for path in (html, plots, csv) if path is not None]
    if targets is not None and not ratios:
        raise ConfigurationError("--targets FILE is shown in the table of --ratios: add --ratios.")
    if ratios and others:
        raise ConfigurationError(
            "--ratios is one table in Markdown: give it without --html, --plots and --csv."
        )
    for path in (output, html, csv):
        _refuse_record(path, records)
    loaded = [store.load(path) for path in records]
    if html is not None:
        store.write_atomically(html, render_page(loaded))
    if csv is not None:
        store.write_atomically(csv, render_csv(loaded))
    if plots is not None:
        _write_plots(plots, loaded)
    if output is None and others:
        return
    if ratios:
        table = ratio_table(loaded, load_targets(targets) if targets else [])
        text = render_table(table, "#")
    else:
        text = render_reports(loaded, verification)
    if output is None:
        click.echo(text)
    else:
        store.write_atomically(output, text)


def _refuse_record(path: Path | None, records: Sequence[Path]) -> None:
    """Refuse to write a report over one of the records it is made of."""
    if path is not None and any(path.resolve() == record.resolve() for record in records):
        raise ConfigurationError(
            f"{path} is a record to be read, and would be written over: give the report "
            "another name."
        )


def _write_plots(folder: Path, records: Sequence[RunRecord]) -> None:
    """Write the plots of a record into a folder; those of several into a folder each."""
    for number, record in enumerate(records, 1):
        inner = folder if len(records) == 1 else folder / str(number)
        for name, content in render_plots(record):
            store.write_atomically(inner / name, content)
