"""``bench-harness audit``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness import cli, environment, units
from bench_harness.audit import audit_group
from bench_harness.cli import measuring, options
from bench_harness.measure.workers import Workers
from bench_harness.model import RunConfig
from bench_harness.plan import Group, Request, make_plan


@click.command(epilog=cli.EXIT_CODES)
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options.names("--backends", "Backends or variants [default: all].")
@options.names("--presets", "Presets [default: default].")
@options.names("--dtypes", "Dtypes [default: each kernel's own].")
@click.option("--threads", type=click.IntRange(1), help="Threads [default: all cores].")
@options.suites
@measuring.wait
def command(
    selectors: tuple[str, ...],
    backends: tuple[str, ...],
    presets: tuple[str, ...],
    dtypes: tuple[str, ...],
    threads: int | None,
    suite_paths: tuple[Path, ...],
    wait: bool,
) -> int:
    """Ask whether times can be true: nothing cached, nothing left undone, nothing impossible.

    Each case is called on two sets of inputs in turn, with and without waiting, and with its
    results read back; its outputs are verified each time, its rate is compared with the fastest
    matrix product and memory traffic measured here, and one more call is watched for work that
    its backend does not do itself.

    \b
    Examples:
      bench-harness audit linalg --backends torch,jax
      bench-harness audit --suites mysuites --presets smoke
    """
    request = Request(selectors=selectors, backends=backends, presets=presets, dtypes=dtypes)
    groups = make_plan(options.find_kernels(suite_paths), request, environment.gpu_present())
    config = RunConfig(threads=threads or len(environment.usable_cpus()))
    with measuring.measuring(wait) as session:
        return _audit(groups, Workers(config, session.launcher))


def _audit(groups: list[Group], workers: Workers) -> int:
    ceilings = workers.ceilings()
    if ceilings:
        click.echo(
            f"Ceilings: {units.rate(ceilings['flops_per_s'], 'FLOP/s')}, "
            f"{units.rate(ceilings['bytes_per_s'], 'B/s')}"
        )
    audited = doubtful = 0
    for group in groups:
        for audit in audit_group(group, workers, ceilings):
            audited += 1
            doubtful += bool(audit.findings)
            click.echo(f"{'doubtful' if audit.findings else 'passed':9} {audit.case.id}")
            for finding in audit.findings:
                click.echo(f"    {finding}")
            for declared in audit.declared:
                click.echo(f"    declared: {declared}")
            for question in audit.unanswered:
                click.echo(f"    not asked: {question}")
    click.echo(f"{audited} cases audited, {doubtful} doubtful.")
    if not audited:
        return cli.NOTHING_MEASURED
    return cli.BROKEN_CASE if doubtful else cli.OK
