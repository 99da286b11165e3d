"""What is seen of a run while it goes on: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench_harness import units
from bench_harness.model import NOT_RUN, Case, CaseResult, RunRecord
from bench_harness.report import markdown, times
from bench_harness.report.table import by_group
from bench_harness.stats.estimates import median
from bench_harness.summary import samples_of


class Display:
    """Tells of progress on stderr and prints each table on stdout as soon as it is complete.

    Parameters
    ----------
    total : int
        Cases to be measured.
    quiet : bool
        No progress; the tables are printed all the same.
    """

    snapshot: Callable[[Sequence[CaseResult]], RunRecord]
    """Returns a record of the results given, for the tables; set by who has the runner."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._live = None if quiet or not self._console.is_terminal else _bar(self._console)
        self._plain = not quiet and self._live is None
        self._task = self._live.add_task("", total=total) if self._live else None
        self._total, self._count = total, 0
        self._suite: list[CaseResult] = []

    def __enter__(self) -> Display:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end_suite()
        if self._live:
            self._live.stop()

    def case_started(self, case: Case) -> None:
        """Name the case in flight."""
        if self._live and self._task is not None:
            self._live.update(self._task, description=case.id)

    def case_finished(self, result: CaseResult) -> None:
        """Count a case and say how it went."""
        self._count += 1
        if self._live and self._task is not None:
            self._live.advance(self._task)
            if result.status != "ok":
                self._live.console.print(self._line(result), style="red", markup=False)
        elif self._plain:
            click.echo(self._line(result), err=True)

    def _line(self, result: CaseResult) -> str:
        text = result.status.replace("_", " ")
        if result.status == "ok":
            text = f"ok {units.seconds(median(samples_of(result)))}"
        elif result.reason:
            text += f": {result.reason}"
        return units.printable(f"[{self._count}/{self._total}] {result.case.id} {text}")

    def group_finished(self, results: Sequence[CaseResult]) -> None:
        """Print the table of a group; before the first of a suite, the last suite's overview."""
        if not any(result.status not in NOT_RUN for result in results):
            return
        if self._suite and self._suite[0].case.suite != results[0].case.suite:
            self._end_suite()
        self._suite += results
        self._print(markdown.render_table(times.group_table(results, self.snapshot(results))))

    def _end_suite(self) -> None:
        suite, self._suite = self._suite, []
        if len(by_group(suite)) > 1:
            name = suite[0].case.suite
            self._print(markdown.render_table(times.suite_table(name, suite)))

    def _print(self, text: str) -> None:
        if self._live:
            self._live.stop()  # stdout may be the same terminal
        click.echo(text)
        if self._live:
            self._live.start()


def _bar(console: Console) -> Progress:
    return Progress(
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
        refresh_per_second=1,  # a faster bar would take time from what is measured
        redirect_stdout=False,
        redirect_stderr=False,
    )
