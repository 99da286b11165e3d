"""``bench-harness history``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench_harness import cli, environment, history, store, units
from bench_harness.cli import options
from bench_harness.compare import environment_changes
from bench_harness.history import Series
from bench_harness.report import trend
from bench_harness.report.markdown import render_table

PLOTS = (".png", ".svg", ".pdf")
THIS = "this"


@click.command(epilog=cli.EXIT_CODES)
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options.results
@click.option(
    "--machine", metavar="KEY", help="Only this machine, by its key; 'this' for where you are."
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also draw the trend, as PNG, SVG or PDF.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(
    selectors: tuple[str, ...], results: Path, machine: str | None, plot: Path | None, as_json: bool
) -> int:
    """Show how the times of cases moved from run to run, and where their level changed.

    SELECTOR is a glob over case ids, as for 'run'. One case is shown run by run.

    \b
    Examples:
      bench-harness history
      bench-harness history linalg/matmul/default/numba
      bench-harness history 'md/*/default/numba' --plot trend.png
    """
    if plot is not None:
        if plot.suffix not in PLOTS:
            raise click.BadParameter(f"{plot} must end with one of {', '.join(PLOTS)}.")
        options.check_writable(plot)
    entries, passed_over = history.read(results)
    for sentence in passed_over:
        click.echo(units.printable(sentence), err=True)
    if machine == THIS:
        machine = environment.machine_key(environment.collect())
    found = history.series(entries, selectors, machine)
    if not found:
        click.echo(f"No case in {results} matches.", err=True)
        return cli.NOTHING_MEASURED
    if plot is not None:
        trend.plot(found, plot)
    if as_json:
        click.echo(json.dumps([_as_json(series) for series in found], indent=1))
        return cli.OK
    if len(found) > 1:
        click.echo(render_table(trend.overview_table(found)))
    else:
        click.echo(render_table(trend.series_table(found[0])))
        _explain(found[0], results)
    return cli.OK


def _explain(series: Series, results: Path) -> None:
    """Print what else changed between the runs around each change of level."""
    for low in series.changes:
        before, after = (series.timed[position].entry.path for position in (low - 1, low))
        changes = environment_changes(store.load(results / before), store.load(results / after))
        listed = ", ".join(f"{c.name} {c.base} -> {c.head}" for c in changes[:5])
        more = f" and {len(changes) - 5} more" if len(changes) > 5 else ""
        click.echo(
            f"Between {before} and {after}: {listed or 'environment and settings are equal'}{more}."
        )


def _as_json(series: Series) -> dict[str, Any]:
    return {
        "case": series.case_id,
        "machine": series.machine,
        "runs": [
            {
                "path": run.entry.path,
                "started_at": run.entry.started_at,
                "commit": run.entry.commit,
                "status": run.point.status,
                "median_s": run.point.median_s,
            }
            for run in series.runs
        ],
        "levels": _levels(series),
    }


def _levels(series: Series) -> Sequence[dict[str, Any]]:
    return [
        {"since": series.timed[low].entry.path, "runs": high - low, "median_s": level}
        for low, high, level in series.levels
    ]
