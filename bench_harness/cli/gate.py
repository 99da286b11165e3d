"""``bench-harness gate``."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bench_harness import cli, environment, store, units
from bench_harness.cli import ci, measuring, options
from bench_harness.cli.changes import parse_changes
from bench_harness.cli.compare import exit_code
from bench_harness.compare import parse_limits
from bench_harness.comparison import Comparison
from bench_harness.discovery import discover
from bench_harness.errors import ConfigurationError, HarnessError
from bench_harness.gate import Contest, Gate, Side
from bench_harness.measure.runner import Runner
from bench_harness.measure.workers import Workers
from bench_harness.model import CaseResult, Environment, RunConfig
from bench_harness.plan import Group, Request, make_plan
from bench_harness.process import Launcher, own_path
from bench_harness.report.comparison import render_comparison
from bench_harness.revisions import Repository, Revision
from bench_harness.stats.bootstrap import ratio_of_medians
from bench_harness.stats.sequential import Plan

MAX_SLOWDOWN = 0.03
SUITES = Path("suites")
TIMED_RUNS = 300
MIN_SAMPLE_TIME_S = 2e-4
"""Many short runs: what counts is the fastest, and a neighbour leaves gaps of a fraction of a
millisecond more often than whole ones."""
TIME_BUDGET_S = 0.5
"""What the runs of one process may take: more processes say more than more runs."""


@click.command(epilog=cli.EXIT_CODES)
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@click.option("--base", required=True, metavar="REV", help="Git revision to compare with.")
@click.option("--head", metavar="REV", help="Git revision to judge [default: the working tree].")
@options.selection
@click.option(
    "--suites",
    "suite_paths",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Folder of suites, from the repository's root; may be given again [default: suites].",
)
@options.limits(default="3%")
@click.option(
    "--accept-changed-answers",
    is_flag=True,
    help="Head's references may give other answers than base's.",
)
@click.option(
    "--install", is_flag=True, help="Install each side into an environment of its own with pip."
)
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads for all."
)
@options.timeout
@options.seed
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="For comparison.json, base.json and head.json [default: results/<host>/gate-<time>].",
)
@ci.ci_options
@measuring.wait
@options.quiet
def command(selectors: tuple[str, ...], **given: Any) -> int:
    """Measure two git revisions against one another: is head slower than base, or wrong?

    Both run interleaved, in fresh processes, here and now. A case that looks slower is measured
    again in fresh processes before the gate goes red.

    \b
    Examples:
      bench-harness gate --base main
      bench-harness gate --base main 'md/*' --backends numpy,numba --presets smoke
      bench-harness gate --base v1.2 --head v1.3 --suites benchmarks --max-slowdown 5%
    """
    limits = parse_limits(given["max_slowdowns"], MAX_SLOWDOWN, given["max_error_growth"])
    cores = len(environment.usable_cpus())
    if given["threads"] > cores:
        raise ConfigurationError(
            f"--threads {given['threads']} is more than the {cores} cores this process may use."
        )
    output = _output(given["output"])
    ci.check(given)
    with (
        measuring.measuring(given["wait"]) as session,
        Repository(Path.cwd()).check_out(
            given["base"], given["head"], given["install"]
        ) as revisions,
        _sides(revisions, selectors, given, output, session.launcher) as (base, head),
    ):
        gate = Gate(
            base,
            head,
            limits=limits,
            plan=Plan(),
            listener=Progress(given["quiet"]),
            accept_changed_answers=given["accept_changed_answers"],
        )
        comparison = gate.run()
    return _finish(comparison, output, given)


def _finish(comparison: Comparison, output: Path, given: dict[str, Any]) -> int:
    click.echo(render_comparison(comparison))
    text = store.scrub(comparison.model_dump_json(indent=1)) + "\n"
    store.write_atomically(output / "comparison.json", text)
    ci.publish(comparison, given)
    click.echo(f"Records: {output}", err=True)
    return exit_code(comparison)


def _output(given: Path | None) -> Path:
    """Return the folder for the records; refuses one that holds some."""
    host = re.sub(r"[^\w.-]", "_", platform.node()) or "unknown"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = given or Path("results") / host / f"gate-{stamp}"
    for name in ("comparison.json", "base.json", "head.json"):
        options.check_writable(folder / name)
        options.refuse_existing(folder / name, overwrite=False)
    return folder.absolute()


# -- two sides -------------------------------------------------------------------------------


@contextlib.contextmanager
def _sides(
    revisions: Sequence[Revision],
    selectors: tuple[str, ...],
    given: dict[str, Any],
    output: Path,
    launcher: Launcher,
) -> Iterator[list[Side]]:
    """Plan both sides, start their journals, and write their records at the end."""
    config = RunConfig(
        timed_runs=TIMED_RUNS,
        min_sample_time_s=MIN_SAMPLE_TIME_S,
        exact_runs=False,
        time_budget_s=TIME_BUDGET_S,
        threads=given["threads"],
        timeout_s=given["timeout"],
        seed=given["seed"],
        jit_cache="warm",  # in a folder of this gate's own: compiled once, not once a process
    )
    machine = environment.collect(revisions[0].tree)
    scratch = Path(tempfile.mkdtemp())  # goes with the measurement's one temporary folder
    request = _request(selectors, given)
    sides = []
    for revision, name in zip(revisions, ("base", "head"), strict=True):
        groups = _groups(revision, request, given["suite_paths"])
        record = output / f"{name}.json"
        runner = _runner(revision, config, machine, record, scratch / name, launcher)
        outputs = scratch / name / "outputs"
        sides.append(Side(revision, runner, groups, outputs, store.Journal(record)))
    for side in sides:
        side.journal.start(side.runner.snapshot())
    try:
        yield sides
    finally:
        for side in sides:
            side.journal.finish(side.runner.snapshot(side.results.values()), side.journal.output)


def _request(selectors: tuple[str, ...], given: dict[str, Any]) -> Request:
    return Request(
        selectors=selectors,
        backends=given["backends"],
        devices=given["devices"],
        presets=given["presets"],
        dtypes=given["dtypes"],
        changes=parse_changes(given["changes"]),
    )


def _groups(revision: Revision, request: Request, suite_paths: Sequence[Path]) -> list[Group]:
    """Plan one side, with its own suites."""
    folders = []
    for path in suite_paths or (SUITES,):
        if path.is_absolute() or ".." in path.parts:
            raise ConfigurationError(
                f"--suites {path}: give a folder from the repository's root, such as benchmarks. "
                "Each side is measured with its own."
            )
        if not (revision.tree / path).is_dir():
            raise ConfigurationError(
                f"{revision.name} has no folder {path}. Give the folder of suites from the "
                "repository's root with --suites PATH."
            )
        folders.append(revision.tree / path)
    try:
        return make_plan(discover(folders), request, environment.gpu_present())
    except HarnessError as error:
        raise ConfigurationError(f"In {revision.name}: {error}") from error


def _runner(
    revision: Revision,
    config: RunConfig,
    machine: Environment,
    record: Path,
    scratch: Path,
    launcher: Launcher,
) -> Runner:
    paths = [str(path) for path in revision.import_paths]
    if revision.python != sys.executable:  # it is installed there, and so are we
        paths = []
    elif own := own_path().get("PYTHONPATH"):
        paths.append(own)
    workers = Workers(
        config,
        launcher,
        python=revision.python,
        variables={"PYTHONPATH": os.pathsep.join(paths)},
        cache=scratch / "jit",
    )
    return Runner(
        config=config,
        environment=machine.model_copy(update={"source": environment.source(revision.tree)}),
        argv=["bench-harness", *sys.argv[1:]],
        output=record,
        listener=_Nobody(),
        launcher=launcher,
        workers=workers,
    )


# -- progress --------------------------------------------------------------------------------


class _Nobody:
    """Listens to the runners of the two sides, of which the gate tells what matters."""

    def case_started(self, case: Any) -> None: ...

    def case_finished(self, result: CaseResult) -> None: ...

    def group_finished(self, results: Sequence[CaseResult]) -> None: ...


class Progress:
    """Lines on stderr: each stage, each case as it is decided, whatever is not ok.

    Parameters
    ----------
    quiet : bool
        Say nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def stage_started(self, name: str, cases: int) -> None:
        """Say what begins."""
        self._say(f"{name}: {cases} case{'' if cases == 1 else 's'}")

    def process_finished(self, case_id: str, side: str, result: CaseResult) -> None:
        """Say what went wrong."""
        if result.status != "ok":
            last = (result.details or "").strip().splitlines()[-1:]
            why = "; ".join(filter(None, (result.reason, *last)))
            self._say(f"  {side} {case_id}: {result.status}: {why}")

    def case_decided(self, contest: Contest) -> None:
        """Say how a case looks."""
        base, head = contest.samples
        if not (base and head):
            return
        words = {"slower": "looks slower", "settled": "no slow-down seen", "open": "open"}
        change = units.percent(ratio_of_medians(base, head).estimate.point - 1, signed=True)
        self._say(
            f"  {contest.case_id}: {words[contest.state]} after {len(base)} + {len(head)} "
            f"processes ({change})"
        )

    def _say(self, text: str) -> None:
        if not self._quiet:
            click.echo(units.printable(text), err=True)
