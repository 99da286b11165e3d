"""``bench-harness check``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench_harness import cli, environment, units
from bench_harness.cli import measuring, options
from bench_harness.cli.run import exit_code
from bench_harness.measure.runner import Runner
from bench_harness.model import NOT_RUN, Case, CaseResult, RunConfig
from bench_harness.plan import SMOKE_PRESET, Request, make_plan


@click.command(epilog=cli.EXIT_CODES)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@options.names("--backends", "Only these backends or variants [default: all].")
@options.names("--dtypes", "Dtypes [default: each kernel's own].")
def command(path: Path | None, backends: tuple[str, ...], dtypes: tuple[str, ...]) -> int:
    """Check that kernels keep the contract, on every installed backend.

    PATH is a folder of suites, a suite or one kernel. Without it the bundled suites are checked,
    torch.compile on their headline kernels only, since compiling all takes minutes. File names,
    definitions and signatures are checked, then the smoke preset of every implementation runs in
    a process of its own and is verified against NumPy.

    \b
    Examples:
      bench-harness check mysuites
      bench-harness check mysuites/stats/rms --backends torch
    """
    folders = options.find_kernels([path] if path else [])
    request = Request(
        presets=(SMOKE_PRESET,),
        backends=backends,
        dtypes=dtypes,
        every_variant=path is not None,
    )
    groups = make_plan(folders, request, environment.gpu_present())
    jobs = len(environment.usable_cpus())
    config = RunConfig(warmup_runs=1, timed_runs=2, threads=1, jobs=jobs)
    # A check reads no times, so it can wait; beside a measurement it would spoil those.
    with measuring.measuring(wait=True) as session, tempfile.TemporaryDirectory() as scratch:
        runner = Runner(
            config=config,
            environment=environment.collect(),
            argv=["bench-harness", *sys.argv[1:]],
            output=Path(scratch) / "check.json",
            listener=_Lines(),
            launcher=session.launcher,
        )
        record = runner.run(groups)
    count = len([result for result in record.results if result.status not in NOT_RUN])
    broken = [result for result in record.results if result.status not in (*NOT_RUN, "ok")]
    kernels = "1 kernel" if len(folders) == 1 else f"{len(folders)} kernels"
    click.echo(f"{kernels}, {count} implementations checked, {len(broken)} broken.")
    return exit_code(record)


class _Lines:
    """One line for each case: what was checked, and what is wrong with it."""

    def case_started(self, case: Case) -> None:
        """Say nothing until there is a result."""

    def case_finished(self, result: CaseResult) -> None:
        """Say how a case went, with the traceback's end where there is one."""
        self._echo(result)
        if result.status != "ok" and result.details:
            lines = units.printable(result.details).splitlines()[-4:]
            click.echo("    " + "\n    ".join(lines))

    def group_finished(self, results: Sequence[CaseResult]) -> None:
        """Say what was not run, and why."""
        for result in results:
            if result.status in NOT_RUN:
                self._echo(result)

    def _echo(self, result: CaseResult) -> None:
        text = f": {result.reason}" if result.reason else ""
        status = result.status.replace("_", " ")
        click.echo(units.printable(f"{status:12} {result.case.id}{text}"))
