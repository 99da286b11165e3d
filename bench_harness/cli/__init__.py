"""The command line: one file per subcommand, imported when it is called.

`main` is the only place that turns an error into text and an exit code.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence

import click

from bench_harness import __version__, units
from bench_harness.errors import HarnessError, NothingComparableError

COMMANDS = {
    "run": "Measure cases, verify them, write the record, print the tables.",
    "list": "Show suites, kernels, presets and implementations.",
    "check": "Check that kernels keep the contract, on every installed backend.",
    "audit": "Ask whether times can be true: nothing cached, skipped or impossible.",
    "calibrate": "Measure what this machine can do at most, for the reports of later runs.",
    "doctor": "Show this machine and which backends can be used, or why not.",
    "report": "Render records: Markdown, a page, plots, CSV.",
    "advise": "Recommend a backend for a kernel, a size and a number of calls.",
    "history": "Show how times moved from run to run, and where their level changed.",
    "baseline": "Keep a record as the baseline of its machine.",
    "export": "Write a record in the format of another tool.",
    "import": "Turn the file of another tool into a record.",
    "compare": "Compare two records: answers first, then speed.",
    "gate": "Measure two git revisions against one another: slower, or wrong?",
    "new": "Write the files of a new kernel.",
}

EXIT_CODES = """\b
Exit codes:
  0  every case asked for is ok
  1  a case is wrong, unchecked, failed, crashed, timed out or out of memory
  2  usage or configuration error, or a file that cannot be read or written
  3  regression
  4  nothing was measured, or nothing was comparable
  130  interrupted; what was finished is written
"""

OK, BROKEN_CASE, USAGE_ERROR, REGRESSION, NOTHING_MEASURED, INTERRUPTED = 0, 1, 2, 3, 4, 130


class LazyGroup(click.Group):
    """A group that imports a subcommand's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is the submodule here, once it was imported

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bench_harness.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="bench-harness")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Run numerical kernels on every backend, check that all agree, and tell which is fastest.

    \b
    Examples:
      bench-harness doctor
      bench-harness run 'lap_sim/*/spa' --backends numpy,numba
      bench-harness run --warmup-runs 5 --timed-runs 20 --output results/run.json
      bench-harness report results/run.json
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = [*(sys.argv[1:] if argv is None else argv)]
    debug = "--debug" in arguments
    try:
        # --debug is taken wherever it stands, since it is added when something went wrong.
        rest = [argument for argument in arguments if argument != "--debug"]
        code = cli.main(rest, prog_name="bench-harness", standalone_mode=False)
    except NothingComparableError as error:
        _fail(str(error), debug)
        return NOTHING_MEASURED
    except HarnessError as error:
        return _fail(str(error), debug)
    except click.ClickException as error:
        error.show(sys.stderr)
        return USAGE_ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        sys.stderr.close()
        return OK
    except Exception as error:
        if debug:
            raise
        name = type(error).__name__
        click.echo(
            f"Error: {name}: {error}\nThis is a fault in bench-harness. Run the command again "
            "with --debug and report the traceback.",
            err=True,
        )
        return BROKEN_CASE
    return code if isinstance(code, int) else OK


def _fail(message: str, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    click.echo(units.printable(f"Error: {message}"), err=True)
    return USAGE_ERROR
