"""``bench-harness export``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import cli, store
from bench_harness.cli import options
from bench_harness.errors import ConfigurationError
from bench_harness.integrations import formats


@click.command(epilog=cli.EXIT_CODES)
@click.argument("record", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Choice([*formats.EXPORTS]),
    help="The format.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write here instead of to stdout; for asv, the folder of results.",
)
@options.overwrite
def command(record: Path, target: str, output: Path | None, overwrite: bool) -> int:
    """Write a record in the format of another tool.

    Only verified cases are exported; JUnit gets every case, with how it ended.

    \b
    Examples:
      bench-harness export results/run.json --to pyperf --output pyperf.json
      bench-harness export results/run.json --to junit --output junit.xml
      bench-harness export results/run.json --to asv --output .asv/results
    """
    loaded = store.load(record)
    is_folder = target in formats.FOLDERS
    if is_folder and output is None:
        raise ConfigurationError(f"--to {target} writes a folder: give it with --output.")
    if output is not None and not is_folder:
        options.refuse_existing(output, overwrite)
    if target not in formats.EVERY_STATUS:
        trusted = len(formats.trusted(loaded))
        if not trusted:
            click.echo(f"{record} holds no verified times: nothing was exported.", err=True)
            return cli.NOTHING_MEASURED
        if left_out := len(loaded.results) - trusted:
            click.echo(f"Left out: {left_out} cases that are not ok.", err=True)
    if is_folder:
        assert output is not None
        for path in formats.export_folder(loaded, target, output):
            click.echo(f"Wrote {path}", err=True)
    elif output is None:
        click.echo(formats.export_text(loaded, target), nl=False)
    else:
        store.write_atomically(output, formats.export_text(loaded, target))
    return cli.OK
