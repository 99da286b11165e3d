"""``bench-harness import``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import cli, store
from bench_harness.cli import options
from bench_harness.errors import RecordError
from bench_harness.integrations import formats


@click.command(epilog=cli.EXIT_CODES)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Choice([*formats.IMPORTS]),
    help="The tool that wrote the file.",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the record goes.",
)
@options.overwrite
def command(file: Path, source: str, output: Path, overwrite: bool) -> int:
    """Turn the file of another tool into a record.

    Its cases have the status 'unchecked', since nobody compared their answers, and what the file
    does not say stays unknown.

    \b
    Examples:
      bench-harness import pyperf.json --from pyperf --output results/old.json
      bench-harness import .benchmarks/*/0001_old.json --from pytest-benchmark --output old.json
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{file} cannot be read: {error}.") from error
    record = formats.parse(text, source, str(file))
    options.refuse_existing(output, overwrite)
    store.save(record, output)
    click.echo(f"Imported {len(record.results)} cases into {output}", err=True)
    return cli.OK
