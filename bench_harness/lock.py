"""One measurement at a time on one machine: two would take each other's cores and caches.

The lock is the operating system's and ends with the process that holds it, however that ends.
Beside it lies a note that says who holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import filelock
import platformdirs

from bench_harness.errors import ConfigurationError

VARIABLE = "BENCH_HARNESS_LOCK"
"""Names another lock file, for those who may run beside each other; ``off`` for none at all."""


@contextlib.contextmanager
def one_at_a_time(argv: Sequence[str], wait: bool, say: Callable[[str], None]) -> Iterator[None]:
    """Hold this machine's lock.

    Parameters
    ----------
    argv : sequence of str
        The command, for those who find the lock held.
    wait : bool
        Wait until another run ends, instead of refusing.
    say : callable
        Told, once, whom this one waits for.

    Raises
    ------
    ConfigurationError
        If another run goes on and `wait` is false.
    """
    path = _path()
    if path is None:
        yield
        return
    lock = filelock.FileLock(path)
    note = path.with_name(path.name + ".json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, note, wait, say)
    except OSError as error:
        say(
            f"No other measurement is kept away: the lock file {path} cannot be made "
            f"({error.strerror or error}). Name another with {VARIABLE}=FILE."
        )
        yield
        return
    before = os.environ.get(VARIABLE)
    try:
        _leave_note(note, argv)
        os.environ[VARIABLE] = "off"  # what the holder starts is not locked out by the holder
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
        note.unlink(missing_ok=True)
        lock.release()


def _acquire(
    lock: filelock.BaseFileLock, note: Path, wait: bool, say: Callable[[str], None]
) -> None:
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        other = _holder(note)
        if not wait:
            raise ConfigurationError(
                f"Another measurement is going on: {other}. The two would disturb each other. "
                "Wait for its end with --wait."
            ) from None
        say(f"Waiting for the end of another measurement: {other}.")
        lock.acquire(poll_interval=0.5)


def _path() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named == "off":
        return None
    if named:
        return Path(named)
    # The home folder may be shared by many machines; each has a lock of its own.
    host = re.sub(r"[^\w.-]", "_", platform.node()) or "unknown"
    return Path(platformdirs.user_cache_dir("bench-harness")) / "locks" / f"{host}.lock"


def _leave_note(note: Path, argv: Sequence[str]) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"pid": os.getpid(), "started_at": started, "command": shlex.join(argv)})
    with contextlib.suppress(OSError):  # the lock is what counts
        note.write_text(text, encoding="utf-8")


def _holder(note: Path) -> str:
    """Return in words who holds the lock, as far as the note tells."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return f"process {said['pid']} since {said['started_at']}, {said['command']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that is only just starting"
