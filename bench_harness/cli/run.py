"""``bench-harness run``."""

from __future__ import annotations

import itertools
import json
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bench_harness import calibrate, cli, environment, store
from bench_harness.cli import ci, measuring, options
from bench_harness.cli.changes import parse_changes
from bench_harness.cli.progress import Display
from bench_harness.errors import ConfigurationError
from bench_harness.measure.runner import Runner
from bench_harness.measure.workers import Workers
from bench_harness.model import (
    BROKEN,
    NOT_RUN,
    Environment,
    RunConfig,
    RunRecord,
)
from bench_harness.plan import SMOKE_PRESET, Group, Request, make_plan
from bench_harness.report import markdown
from bench_harness.report.environments import environment_lines

DEFAULTS = RunConfig()
SHORT_BUDGET_S = 5.0
"""What a case may take where many are to be had soon: a smoke preset's, a headline's."""


@click.command(epilog=cli.EXIT_CODES)
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options.selection
@click.option("--headline", is_flag=True, help="Only the kernels that speak for their suite.")
@click.option("--include-slow", is_flag=True, help="Also run the cases a kernel calls too slow.")
@click.option("--warmup-runs", type=click.IntRange(0), help="Untimed runs, exactly [default: 5].")
@click.option("--timed-runs", type=click.IntRange(1), help="Timed runs, exactly [default: 20].")
@click.option(
    "--time-budget",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Cut a case's runs to fit, and say so [default: 10, or 5 with --presets smoke or "
    "--headline, unless runs are given].",
)
@click.option(
    "--adaptive",
    is_flag=True,
    help="Timed runs until the median is known to --target, within --time-budget.",
)
@click.option(
    "--target",
    type=options.Share(),
    metavar="SHARE",
    help="With --adaptive: half the width of the median's interval [default: 1%].",
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Fresh processes for each case.",
)
@click.option(
    "--retry-noisy",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Measure a process again, up to N times, while others disturb or slow it.",
)
@click.option(
    "--one-thread", is_flag=True, help="Measure every case on one thread as well: one more column."
)
@click.option(
    "--memory-limit",
    type=options.Size(),
    metavar="SIZE",
    help="Kill a process that has more resident, as 2GiB or 500M.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Threads for every backend alike [default: all cores].",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Cases at a time, each on cores of its own: for checking, not for timing "
    "[default: 1; for the smoke preset alone, as many as there are cores].",
)
@options.timeout
@options.seed
@click.option(
    "--jit-cache",
    type=click.Choice(["cold", "warm"]),
    default="cold",
    show_default=True,
    help="Compile caches: empty for every case, or kept.",
)
@click.option(
    "--check-determinism",
    is_flag=True,
    help="Compare outputs bit by bit between runs, processes, and one and all threads.",
)
@click.option(
    "--gradients",
    is_flag=True,
    help="Differentiate the kernels that declare a gradient, and judge and time that.",
)
@click.option(
    "--rtol",
    type=click.FloatRange(0),
    metavar="R",
    help="Relative error allowed instead of each kernel's budget; the record says so.",
)
@click.option(
    "--atol",
    type=click.FloatRange(0),
    metavar="A",
    help="Absolute error allowed instead of each kernel's budget; the record says so.",
)
@options.suites
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the record goes [default: results/<host>/<time>.json].",
)
@options.overwrite
@click.option(
    "--full-environment",
    is_flag=True,
    help="Leave the home folder's path and the user's name in the record.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="Also write the Markdown report.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Continue an interrupted run: measured cases are kept.",
)
@ci.ci_options
@measuring.wait
@click.option("--fail-fast", is_flag=True, help="Stop after the first case that is not ok.")
@options.quiet
def command(selectors: tuple[str, ...], **given: Any) -> int:
    """Measure cases, verify them against NumPy, write the record, print the tables.

    SELECTOR is a glob over case ids, suite/kernel/preset/backend[.variant]/device/dtype; a
    shorter one matches everything that begins with it. Without one, every kernel runs at its
    default preset.

    \b
    Examples:
      bench-harness run
      bench-harness run 'lap_sim/*/spa' --backends numpy,numba,jax
      bench-harness run linalg/matmul --set n=10,100,1000 --threads 1
      bench-harness run lap_sim/point_mass --set track=my_track.csv --report lap.md
      bench-harness run --warmup-runs 5 --timed-runs 20 --output results/run.json
    """
    groups = _plan(selectors, given)
    config = _config(given)
    limit = config.memory_limit_bytes
    with measuring.measuring(given["wait"], limit, finish_first=True) as session:
        return _run(groups, config, session, given)


def _run(
    groups: list[Group], config: RunConfig, session: measuring.Session, given: dict[str, Any]
) -> int:
    output = _output(given)
    report = given["report"]
    if report is not None:
        options.check_writable(report)
        if report.resolve() == output.resolve():
            raise ConfigurationError(f"--report and --output are both {output}; give two files.")
    ci.check(given)
    suites = given["suite_paths"]
    machine = environment.collect(suites[0] if suites else None)
    resumed = _resumed(given["resume"], config, machine) if given["resume"] else None
    record = _measure(groups, config, machine, output, resumed, session, given)
    if session.asked():
        raise KeyboardInterrupt
    if report is not None:
        record = store.load(output)  # without what the file leaves out
        store.write_atomically(report, markdown.render_report(record))
    ci.publish(record, given)
    written = f"Record: {output}" + (f"\nReport: {report}" if report else "")
    click.echo(written, err=True)
    return exit_code(record)


def _plan(selectors: tuple[str, ...], given: dict[str, Any]) -> list[Group]:
    if given["headline"] and given["presets"]:
        raise ConfigurationError("--headline chooses the presets itself: leave out --presets.")
    request = Request(
        selectors=selectors,
        backends=given["backends"],
        devices=given["devices"],
        presets=given["presets"],
        dtypes=given["dtypes"],
        changes=parse_changes(given["changes"]),
        headline=given["headline"],
        include_slow=given["include_slow"],
    )
    return make_plan(options.find_kernels(given["suite_paths"]), request, environment.gpu_present())


def _config(given: dict[str, Any]) -> RunConfig:
    cores = len(environment.usable_cpus())
    # Smoke presets take milliseconds and are run to see whether all is right.
    checking = given["presets"] == (SMOKE_PRESET,)
    jobs = given["jobs"] or (max(1, cores // (given["threads"] or 1)) if checking else 1)
    threads = given["threads"] or max(1, cores // jobs)
    if threads * jobs > cores:
        asked = f"--threads {threads}" + (f" for --jobs {jobs}" if jobs > 1 else "")
        raise ConfigurationError(f"{asked} is more than the {cores} cores this process may use.")
    if given["target"] and not given["adaptive"]:
        raise ConfigurationError("--target says when --adaptive may stop: add --adaptive.")
    exact = given["warmup_runs"] is not None or given["timed_runs"] is not None
    short = checking or given["headline"]
    usual_budget_s = SHORT_BUDGET_S if short else DEFAULTS.time_budget_s
    return RunConfig(
        warmup_runs=DEFAULTS.warmup_runs if given["warmup_runs"] is None else given["warmup_runs"],
        timed_runs=given["timed_runs"] or DEFAULTS.timed_runs,
        exact_runs=exact and given["time_budget"] is None,
        time_budget_s=given["time_budget"] or usual_budget_s,
        adaptive=given["adaptive"],
        target=given["target"] or DEFAULTS.target,
        processes=given["processes"],
        retry_noisy=given["retry_noisy"],
        one_thread=given["one_thread"],
        memory_limit_bytes=given["memory_limit"],
        threads=threads,
        jobs=jobs,
        timeout_s=given["timeout"],
        seed=given["seed"],
        jit_cache=given["jit_cache"],
        check_determinism=given["check_determinism"],
        gradients=given["gradients"],
        rtol=given["rtol"],
        atol=given["atol"],
    )


def _output(given: dict[str, Any]) -> Path:
    """Return where the record goes; refuses what would be lost or cannot be written."""
    resume: Path | None = given["resume"]
    output: Path | None = given["output"]
    if resume is not None and output is not None and resume != output:
        raise ConfigurationError("--resume FILE writes to that FILE: leave out --output.")
    if output is None:
        output = resume or _default_output()
    options.check_writable(output)
    journal = store.Journal(output)
    if resume is None and not given["overwrite"]:
        for path, exists in ((output, output.exists()), (journal.path, journal.exists())):
            if exists:
                raise ConfigurationError(
                    f"{path} exists, and is not written over. Give another --output, continue it "
                    f"with --resume {output}, or allow it with --overwrite."
                )
    return output


def _default_output() -> Path:
    """Return a name that nobody has taken, also if two runs begin in one second."""
    host = re.sub(r"[^\w.-]", "_", platform.node()) or "unknown"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in itertools.count(1):
        suffix = "" if number == 1 else f"-{number}"
        path = Path("results") / host / f"{stamp}{suffix}.json"
        if not (path.exists() or store.Journal(path).exists()):
            return path
    raise AssertionError("unreachable")


def _resumed(resume: Path, config: RunConfig, machine: Environment) -> RunRecord:
    """Return the record that is continued, if its cases are comparable with those to come."""
    record = store.load_unfinished(resume)
    before = {**dict(record.config), **_surroundings(record.environment)}
    now = {**dict(config), **_surroundings(machine)}
    changed = [
        f"{name} was {before.get(name)!r}, now {now.get(name)!r}"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
    if changed:
        raise ConfigurationError(
            f"--resume {resume}: the run was started with other settings ({'; '.join(changed)}), "
            "so its cases would not be comparable. Give the same options, or start a new run."
        )
    # The commit may have changed: what was broken may have been mended in between.
    environment = record.environment.model_copy(update={"source": machine.source})
    return record.model_copy(update={"environment": environment})


def _surroundings(environment: Environment) -> dict[str, Any]:
    """Return what must be the same on a machine for its times to stand in one record."""
    return {
        "host": environment.host,
        "cpu": environment.cpu.model,
        "python": environment.python,
        **environment.packages,
        **json.loads(store.scrub(json.dumps(environment.variables))),
    }


def _measure(
    groups: list[Group],
    config: RunConfig,
    machine: Environment,
    output: Path,
    resumed: RunRecord | None,
    session: measuring.Session,
    given: dict[str, Any],
) -> RunRecord:
    argv = ["bench-harness", *sys.argv[1:]]
    cases = sum(planned.runs for group in groups for planned in group.cases) * config.processes
    calibration = calibrate.load(calibrate.path_for(machine, config.threads))
    intro = "\n".join(f"* {line}" for line in environment_lines(machine))
    click.echo(f"{intro}\n")
    with Display(cases, given["quiet"]) as display:
        if resumed is None:
            ceilings = Workers(config, session.launcher).ceilings()
            measured = {"ceilings": ceilings, "calibration": calibration}
            machine = machine.model_copy(update=measured)
        runner = Runner(
            config=config,
            environment=resumed.environment if resumed else machine,
            output=output,
            listener=display,
            launcher=session.launcher,
            fail_fast=given["fail_fast"],
            replace=given["overwrite"] or resumed is not None,
            full=given["full_environment"],
            stop=session.asked,
            **_identity(argv, resumed),
        )
        display.snapshot = runner.snapshot
        return runner.run(groups)


def _identity(argv: list[str], resumed: RunRecord | None) -> dict[str, Any]:
    """Return the command, and what a continued run has of the one before: it is the same run."""
    if resumed is None:
        return {"argv": argv}
    return {
        "argv": resumed.argv,
        "resumed_with": [*resumed.resumed_with, argv],
        "run_id": resumed.run_id,
        "started_at": resumed.started_at,
        "finished": {result.case.id: result for result in resumed.results},
    }


def exit_code(record: RunRecord) -> int:
    """Return the exit code a record deserves."""
    if any(result.status in BROKEN for result in record.results):
        return cli.BROKEN_CASE
    if all(result.status in NOT_RUN for result in record.results):
        return cli.NOTHING_MEASURED
    return cli.OK
