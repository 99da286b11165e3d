"""``bench-harness compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench_harness import cli, store
from bench_harness.cli import ci, options
from bench_harness.compare import compare, parse_limits
from bench_harness.comparison import Comparison
from bench_harness.errors import ConfigurationError
from bench_harness.report.comparison import render_comparison

MAX_SLOWDOWN = 0.05


@click.command(epilog=cli.EXIT_CODES)
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@options.limits(default="5%")
@click.option(
    "--allow-different-machines", is_flag=True, help="Compare records of different machines."
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the comparison as JSON.",
)
@ci.ci_options
def command(base: Path, head: Path, **given: Any) -> int:
    """Compare two records, case by case: answers first, then speed.

    \b
    Examples:
      bench-harness compare before.json after.json
      bench-harness compare before.json after.json --max-slowdown 10% --max-slowdown 'md/*=20%'
      bench-harness compare before.json after.json --max-error-growth 10 --json changes.json
    """
    if given["json_path"] is not None:
        options.check_writable(given["json_path"])
    ci.check(given)
    comparison = compare(
        store.load(base),
        store.load(head),
        parse_limits(given["max_slowdowns"], MAX_SLOWDOWN, given["max_error_growth"]),
        (base.name, head.name),
        allow_different_machines=given["allow_different_machines"],
    )
    click.echo(render_comparison(comparison))
    if given["json_path"] is not None:
        store.write_atomically(
            given["json_path"], store.scrub(comparison.model_dump_json(indent=1)) + "\n"
        )
    ci.publish(comparison, given)
    if comparison.broken:
        return cli.BROKEN_CASE
    _refuse_single_processes(comparison)
    return exit_code(comparison)


def _refuse_single_processes(comparison: Comparison) -> None:
    """Refuse to pass or fail a case by one process: two of the same code differ by 10 % easily."""
    single = [case.case.id for case in comparison.compared if case.q_value is None]
    if single:
        others = f" and {len(single) - 1} more" if len(single) > 1 else ""
        raise ConfigurationError(
            f"{single[0]}{others}: one process on a side. Two processes of the same code can "
            "differ by 10 % and more, so this decides nothing. Measure both with --processes 5 "
            "or more, or let 'bench-harness gate' do it."
        )


def exit_code(comparison: Comparison) -> int:
    """Return the exit code a comparison deserves."""
    if comparison.broken:
        return cli.BROKEN_CASE
    if comparison.regressions:
        return cli.REGRESSION
    return cli.OK if comparison.compared else cli.NOTHING_MEASURED
