"""What every command that measures does around it: one at a time, swept clean, stopped in order."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from bench_harness import leftovers, units
from bench_harness.errors import ConfigurationError
from bench_harness.lock import one_at_a_time
from bench_harness.process import Launcher

wait = click.option(
    "--wait",
    is_flag=True,
    help="Wait while another measurement goes on on this machine, instead of refusing.",
)


@dataclass(frozen=True)
class Session:
    """A time in which this process alone measures.

    Parameters
    ----------
    launcher : Launcher
        Starts all processes.
    asked : callable
        True once the user has asked for an end.
    """

    launcher: Launcher
    asked: Callable[[], bool]


@contextlib.contextmanager
def measuring(
    wait: bool, memory_limit_bytes: int | None = None, finish_first: bool = False
) -> Iterator[Session]:
    """Keep other measurements of this user away while the block runs, on a machine swept clean.

    Parameters
    ----------
    wait : bool
        Wait for the end of another measurement instead of refusing.
    memory_limit_bytes : int, optional
        What a process may have resident.
    finish_first : bool
        The first Ctrl-C stops nothing: the block asks, and ends in its own time.
    """
    if sys.platform == "win32":
        raise ConfigurationError(
            "Measuring needs Linux or macOS: processes are pinned, limited and ended by means that "
            "Windows lacks. Use WSL 2 there; list, report, compare and export work as they are."
        )
    argv = ["bench-harness", *sys.argv[1:]]
    launcher = Launcher(memory_limit_bytes)
    with one_at_a_time(argv, wait, _say), _stoppable(launcher, finish_first) as asked:
        leftovers.sweep()
        with leftovers.one_temporary_folder():
            yield Session(launcher, asked)


@contextlib.contextmanager
def _stoppable(launcher: Launcher, finish_first: bool) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM stop the launcher, whose calls then raise `KeyboardInterrupt`.

    The handler raises nothing itself, so whatever is written or cleaned up is so to its end.
    """
    asked = False

    def on_signal(number: int, _: Any) -> None:
        nonlocal asked
        first, asked = not asked, True
        text = "Stopping."
        if first and finish_first and number == signal.SIGINT:
            text = "Finishing the case in flight; Ctrl-C again to stop now."
        else:
            launcher.stop()
        # From a thread: the signal may have come in the middle of a write to the same stream.
        threading.Thread(target=_say, args=(text,)).start()

    handled = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, on_signal) for number in handled}
    try:
        yield lambda: asked
    except ConfigurationError:
        if launcher.stopped:  # Ctrl-C reaches git and pip as well, which then fail
            raise KeyboardInterrupt from None
        raise
    finally:
        launcher.kill()
        launcher.close()
        for number, handler in previous.items():
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt


def _say(text: str) -> None:
    click.echo(units.printable(text), err=True)
