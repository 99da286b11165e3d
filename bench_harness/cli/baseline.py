"""``bench-harness baseline``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import cli, environment, history, store
from bench_harness.cli import options
from bench_harness.errors import ConfigurationError


@click.command(epilog=cli.EXIT_CODES)
@click.argument("record", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@options.results
@click.option(
    "--name", default="main", show_default=True, help="Which baseline, such as a branch's name."
)
@options.overwrite
def command(record: Path | None, results: Path, name: str, overwrite: bool) -> int:
    """Keep a record as the baseline of its machine, or print where this machine's baseline is.

    A machine is known by its processor, cores, memory and GPUs; a new host name, kernel or
    package is still the same machine.

    \b
    Examples:
      bench-harness baseline results/run.json --overwrite
      bench-harness compare "$(bench-harness baseline)" new.json
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError(f"--name {name!r} must be letters, digits, '-' and '_'.")
    if record is None:
        path = history.baseline_path(results, environment.collect(), name)
        if not path.exists():
            click.echo(f"This machine has no baseline {name!r} in {results}.", err=True)
            return cli.NOTHING_MEASURED
        click.echo(path)
        return cli.OK
    loaded = store.load(record)
    history.check_baseline(loaded, str(record))
    path = history.baseline_path(results, loaded.environment, name)
    options.refuse_existing(path, overwrite, "--name")
    store.save(loaded, path)
    click.echo(f"Baseline: {path}", err=True)
    return cli.OK
