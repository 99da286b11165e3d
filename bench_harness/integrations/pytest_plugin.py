"""A plugin for pytest: ``pytest --bench-suites PATH`` makes a test of each case.

A case is measured in a worker process of its own, as in a run: two frameworks in one process
disturb each other's threads, by factors of up to seven. What the worker timed is then told to
pytest-benchmark through its own fixture, so that its tables, files and comparisons work.

pytest loads this module in every session, so at its top it imports pytest and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bench_harness.model import CaseResult, Environment, RunConfig
    from bench_harness.plan import Group, PlannedCase, Request

KERNEL_FILE = "kernel.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all named ``--bench-...``; pytest-benchmark's are ``--benchmark-...``."""
    group = parser.getgroup("bench-harness", "numerical kernels on several backends")
    group.addoption(
        "--bench-suites",
        action="append",
        default=[],
        metavar="PATH",
        help="Make a test of each case in this folder of suites, suite or kernel; may be repeated.",
    )
    for name, meaning in (
        ("backends", "Backends, or variants such as torch.compile [default: all]."),
        ("presets", "Presets [default: default]."),
        ("dtypes", "Dtypes [default: each kernel's own]."),
    ):
        group.addoption(f"--bench-{name}", default="", metavar="A,B", help=meaning)
    for name, meaning in (
        ("warmup-runs", "Untimed runs [default: 5]."),
        ("timed-runs", "Timed runs, pytest-benchmark's rounds [default: 20]."),
        ("threads", "Threads for every backend alike [default: all cores]."),
    ):
        group.addoption(f"--bench-{name}", type=int, metavar="N", help=meaning)
    group.addoption(
        "--bench-timeout", type=float, default=600.0, metavar="S", help="Limit of a case's process."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the suites among what is collected; alone, if nothing else was named."""
    suites = config.getoption("--bench-suites")
    if not suites:
        return
    for path in suites:
        if not (config.invocation_params.dir / path).exists():
            raise pytest.UsageError(f"--bench-suites {path}: there is no such folder.")
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args = [*(config.args if named else ()), *suites]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what is done with the suites, if there are any."""
    if not config.getoption("--bench-suites"):
        return None
    times = (
        "timed in worker processes"
        if _has_benchmark(config)
        else "not timed, since pytest-benchmark is not installed or not loaded"
    )
    return f"bench-harness: suites are verified, and {times}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the kernels under the folders that were asked for."""
    suites = parent.config.getoption("--bench-suites")
    if file_path.name != KERNEL_FILE or not suites:
        return None
    start = parent.config.invocation_params.dir
    if not any(file_path.is_relative_to((start / path).resolve()) for path in suites):
        return None
    kernel: KernelModule = KernelModule.from_parent(parent, path=file_path)
    return kernel


class KernelModule(pytest.File):
    """A kernel's folder; its tests are the cases."""

    def collect(self) -> Iterable[pytest.Item]:
        """Yield a test for each case."""
        from bench_harness.errors import HarnessError

        try:
            groups = plan(self.path.parent, request_of(self.config))
        except HarnessError as error:
            raise self.CollectError(str(error)) from error
        for group in groups:
            for planned in group.cases:
                yield self._item(group, planned)

    def _item(self, group: Group, planned: PlannedCase) -> pytest.Item:
        from bench_harness.integrations.formats.pytest_benchmark_json import title_of

        clock = WorkerClock()

        def verify() -> None:
            check(measure(self.config, group, planned, timed=False))

        def verify_and_time(benchmark: Any) -> None:
            result = measure(self.config, group, planned, timed=benchmark.enabled)
            check(result)
            clock.tell(benchmark, result)

        has_benchmark = _has_benchmark(self.config)
        item: pytest.Function = pytest.Function.from_parent(
            self,
            name=title_of(planned.case),
            callobj=verify_and_time if has_benchmark else verify,
        )
        if has_benchmark:
            item.add_marker(pytest.mark.benchmark(group=planned.case.group_id, timer=clock.read))
        return item


class WorkerClock:
    """A clock that stands still but for the times that a worker measured."""

    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> float:
        """Return the time, in seconds."""
        return self.now

    def tell(self, benchmark: Any, result: CaseResult) -> None:
        """Let pytest-benchmark time each run of the worker, as long as it took there."""
        from bench_harness.integrations.formats.pytest_benchmark_json import facts

        (measurement,) = result.measurements
        durations = iter([*measurement.warmup_times_s, *measurement.times_s])

        def run() -> None:
            self.now += next(durations, 0.0)

        benchmark.fullname = result.case.id  # the same wherever the suites lie
        benchmark.extra_info.update(facts(result))
        benchmark.pedantic(
            run, rounds=len(measurement.times_s), warmup_rounds=len(measurement.warmup_times_s)
        )


def request_of(config: pytest.Config) -> Request:
    """Return what the options ask for."""
    from bench_harness.plan import Request

    def words(name: str) -> tuple[str, ...]:
        given = str(config.getoption(f"--bench-{name}")).split(",")
        return tuple(word.strip() for word in given if word.strip())

    return Request(backends=words("backends"), presets=words("presets"), dtypes=words("dtypes"))


def plan(path: Path, request: Request) -> Sequence[Group]:
    """Return the groups of cases under a path; none of a kernel without the presets asked for."""
    import dataclasses

    from bench_harness import environment
    from bench_harness.discovery import discover, load_kernel
    from bench_harness.plan import make_plan

    folders = discover([path])
    if request.presets:
        folders = {
            name: folder
            for name, folder in folders.items()
            if set(request.presets) & set(load_kernel(folder).presets)
        }
        known = {preset for folder in folders.values() for preset in load_kernel(folder).presets}
        presets = tuple(preset for preset in request.presets if preset in known)
        request = dataclasses.replace(request, presets=presets)
    return make_plan(folders, request, environment.gpu_present()) if folders else ()


def run_config(config: pytest.Config, timed: bool) -> RunConfig:
    """Return how a case is measured: as the options say, or just once where no time is wanted."""
    from bench_harness import environment
    from bench_harness.model import RunConfig

    known = RunConfig(
        exact_runs=False,
        threads=config.getoption("--bench-threads") or len(environment.usable_cpus()),
        timeout_s=config.getoption("--bench-timeout"),
    )
    if not timed:
        return known.model_copy(update={"warmup_runs": 0, "timed_runs": 1})
    given = {
        name: config.getoption(f"--bench-{name.replace('_', '-')}")
        for name in ("warmup_runs", "timed_runs")
    }
    asked = {name: value for name, value in given.items() if value is not None}
    return RunConfig.model_validate({**known.model_dump(), **asked, "exact_runs": bool(asked)})


def measure(
    config: pytest.Config, group: Group, planned: PlannedCase, *, timed: bool
) -> CaseResult:
    """Measure and verify one case in a worker of its own, while nothing else is measured here."""
    import dataclasses

    from bench_harness import leftovers
    from bench_harness.lock import one_at_a_time
    from bench_harness.measure.runner import Runner

    argv = ["pytest", *config.invocation_params.args]
    # Where nothing is timed as well: beside a measurement it would spoil that one's times.
    with one_at_a_time(argv, True, _teller(config)), leftovers.one_temporary_folder() as folder:
        runner = Runner(
            config=run_config(config, timed),
            environment=_machine(config),
            argv=argv,
            output=folder / "record.json",
            listener=_Silent(),
        )
        record = runner.run([dataclasses.replace(group, cases=(planned,))])
    return record.results[0]


def _teller(config: pytest.Config) -> Callable[[str], None]:
    """Return what writes a line on the terminal, past what is captured."""
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")

    def tell(text: str) -> None:
        if reporter is not None:  # a worker of pytest-xdist has none
            reporter.ensure_newline()
            reporter.write_line(f"bench-harness: {text}")

    return tell


def check(result: CaseResult) -> None:
    """Pass, skip or fail the running test."""
    __tracebackhide__ = True
    from bench_harness.model import NOT_RUN

    if result.status in NOT_RUN:
        pytest.skip(result.reason or result.status)
    if result.status != "ok":
        details = f"\n{result.details}" if result.details else ""
        pytest.fail(f"{result.case.id} is {result.status}: {result.reason}{details}", pytrace=False)


@pytest.fixture
def assert_backends_agree(request: pytest.FixtureRequest) -> Callable[..., list[CaseResult]]:
    """Return ``assert_backends_agree(path, backends=(), presets=("smoke",), dtypes=())``.

    It runs the kernels under `path` on the backends given, or on all that are installed, fails
    unless every answer agrees with that of NumPy within the kernel's error budget, and returns
    the results.
    """

    def agree(
        path: str | Path,
        *,
        backends: Sequence[str] = (),
        presets: Sequence[str] = ("smoke",),
        dtypes: Sequence[str] = (),
    ) -> list[CaseResult]:
        __tracebackhide__ = True
        from bench_harness.errors import HarnessError
        from bench_harness.model import NOT_RUN
        from bench_harness.plan import Request

        asked = Request(backends=tuple(backends), presets=tuple(presets), dtypes=tuple(dtypes))
        try:
            groups = plan(Path(path), asked)
            results = [
                measure(request.config, group, planned, timed=False)
                for group in groups
                for planned in group.cases
            ]
        except HarnessError as error:
            pytest.fail(str(error), pytrace=False)
        broken = [r for r in results if r.status not in ("ok", *NOT_RUN)]
        if broken:
            lines = [f"{r.case.id} is {r.status}: {r.reason}" for r in broken]
            pytest.fail("\n".join(lines), pytrace=False)
        if not any(result.status == "ok" for result in results):
            pytest.fail(f"{path}: nothing was run, so nothing agreed.", pytrace=False)
        return results

    return agree


class _Silent:
    """Hears of every case and says nothing: pytest shows the progress."""

    def case_started(self, case: object) -> None: ...

    def case_finished(self, result: object) -> None: ...

    def group_finished(self, results: object) -> None: ...


def _has_benchmark(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("benchmark")


_MACHINE = pytest.StashKey["Environment"]()


def _machine(config: pytest.Config) -> Environment:
    from bench_harness import environment

    if _MACHINE not in config.stash:
        config.stash[_MACHINE] = environment.collect()
    return config.stash[_MACHINE]
