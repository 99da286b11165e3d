"""What this machine can do at most, measured once and kept for the runs that follow.

One file for each machine and number of threads, in the user's data folder; a run takes it into its
record, so that a report needs the record only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from bench_harness.backends import NAMES, Host, get_adapter
from bench_harness.environment import machine_key
from bench_harness.errors import ConfigurationError, HarnessError
from bench_harness.measure.workers import CEILINGS, THREAD_VARIABLES, cores
from bench_harness.model import Calibration, Environment
from bench_harness.process import Launcher
from bench_harness.store import write_atomically

CALL_OVERHEAD = "bench_harness.measure.call_overhead"
TIMEOUT_S = 300.0


def calibrate(
    machine: Environment,
    threads: int,
    launcher: Launcher,
    say: Callable[[str], None],
) -> Calibration:
    """Measure the machine in workers with the cores and variables of a run.

    Parameters
    ----------
    machine : Environment
    threads : int
    launcher : Launcher
    say : callable
        Told which backends are left out, and why.
    """
    env = dict.fromkeys(THREAD_VARIABLES, str(threads))
    request = {"cpus": cores(threads), "thorough": True}
    outcome = launcher.call(CEILINGS, request, env=env, timeout_s=TIMEOUT_S)
    if outcome.reply is None:
        raise HarnessError(
            f"The machine cannot be calibrated: the worker {outcome.how_it_ended()}. "
            f"{outcome.stderr_tail}"
        )
    calls = {}
    for name in NAMES:
        answer = _call_overhead(name, threads, launcher)
        if "call_s" in answer:
            calls[name] = answer["call_s"]
        else:
            say(f"{name}: {answer['reason']}")
    return Calibration(
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=machine_key(machine),
        threads=threads,
        **outcome.reply,
        call_s=calls,
    )


def _call_overhead(name: str, threads: int, launcher: Launcher) -> dict[str, Any]:
    adapter = get_adapter(name)
    if not adapter.is_installed():
        return {"reason": f"not installed. Try: {adapter.remedy()}"}
    with tempfile.TemporaryDirectory(prefix="cache-") as cache:
        request = {
            "backend": name,
            "threads": threads,
            "cache_dir": cache,
            "cpus": cores(threads),
        }
        env = dict.fromkeys(THREAD_VARIABLES, str(threads))
        env |= adapter.worker_env(Host("cpu", threads, Path(cache)))
        outcome = launcher.call(CALL_OVERHEAD, request, env=env, timeout_s=TIMEOUT_S)
    return outcome.reply or {"reason": f"the worker {outcome.how_it_ended()}"}


def path_for(machine: Environment, threads: int) -> Path:
    """Return where the calibration of a machine at a number of threads is kept."""
    folder = Path(platformdirs.user_data_dir("bench-harness")) / "calibration"
    return folder / f"{machine_key(machine)}-{threads}-threads.json"


def keep(calibration: Calibration, path: Path) -> None:
    """Write a calibration, in place of an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, calibration.model_dump_json(indent=1) + "\n")


def load(path: Path) -> Calibration | None:
    """Return a calibration, None where there is none; raises `ConfigurationError`."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(
            f"The calibration {path} cannot be read ({reason}). Delete it, or measure again with: "
            "bench-harness calibrate"
        ) from error
