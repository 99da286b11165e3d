"""``bench-harness calibrate``."""

from __future__ import annotations

import click

from bench_harness import calibrate, cli, environment, units
from bench_harness.cli import measuring
from bench_harness.errors import ConfigurationError
from bench_harness.model import Calibration
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Table


@click.command(epilog=cli.EXIT_CODES)
@click.option("--threads", type=click.IntRange(1), help="Threads [default: all cores].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@measuring.wait
def command(threads: int | None, as_json: bool, wait: bool) -> int:
    """Measure what this machine can do at most, and keep it for the reports of later runs.

    The peak of a matrix product, the bandwidth of memory by the size of what is read and written,
    the latency of operations that wait for each other, and the cost of a call on every backend, in
    processes with the threads and cores of a run. Takes about a minute; leave the machine alone.

    \b
    Examples:
      bench-harness calibrate
      bench-harness calibrate --threads 1
    """
    machine = environment.collect()
    usable = len(environment.usable_cpus())
    threads = threads or usable
    if threads > usable:
        raise ConfigurationError(
            f"--threads {threads} is more than the {usable} cores this process may use."
        )

    def say(text: str) -> None:
        click.echo(f"Not measured: {text}", err=True)

    with measuring.measuring(wait) as session:
        found = calibrate.calibrate(machine, threads, session.launcher, say)
    path = calibrate.path_for(machine, threads)
    calibrate.keep(found, path)
    click.echo(found.model_dump_json(indent=1) if as_json else _text(found))
    click.echo(f"Calibration: {path}", err=True)
    return cli.OK


def _text(found: Calibration) -> str:
    rows = [
        [f"matrix product, {dtype}", units.rate(rate, "FLOP/s")]
        for dtype, rate in found.flops_per_s.items()
    ]
    rows += [
        [
            f"memory traffic over {units.size(at.working_set_bytes)}",
            units.rate(at.bytes_per_s, "B/s"),
        ]
        for at in found.bandwidth
    ]
    rows += [
        [f"float64 {name} after {name}", _nanoseconds(seconds)]
        for name, seconds in found.latency_s.items()
    ]
    rows += [
        [f"a call on `{name}`", _nanoseconds(seconds)] for name, seconds in found.call_s.items()
    ]
    title = f"At most, on {found.threads} thread{'s' if found.threads > 1 else ''}"
    return render_table(Table(title, [("What", "left"), ("Measured", "right")], rows), "##")


def _nanoseconds(seconds: float) -> str:
    return f"{units.significant(seconds * 1e9, 3)} ns" if seconds < 1e-6 else units.seconds(seconds)
