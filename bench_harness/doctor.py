"""Which backends can be used on this machine, found out by starting each in a process."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import ValidationError

from bench_harness.backends import NAMES, Host, get_adapter
from bench_harness.model import BackendInfo
from bench_harness.process import Launcher

PROBE = "bench_harness.measure.probe"
TIMEOUT_S = 120.0


def examine(launcher: Launcher, threads: int) -> dict[str, BackendInfo]:
    """Start every backend in a process of its own and return what it says of itself.

    Parameters
    ----------
    launcher : Launcher
    threads : int
        Threads each backend is given.
    """
    return {name: _examine(name, launcher, threads) for name in NAMES}


def _examine(name: str, launcher: Launcher, threads: int) -> BackendInfo:
    adapter = get_adapter(name)
    if not adapter.is_installed():
        return BackendInfo(usable=False, reason=f"not installed. Try: {adapter.remedy()}")
    with tempfile.TemporaryDirectory() as cache:
        request = {"backend": name, "threads": threads, "cache_dir": cache}
        env = adapter.worker_env(Host("cpu", threads, Path(cache)))
        outcome = launcher.call(PROBE, request, env=env, timeout_s=TIMEOUT_S)
    try:
        return BackendInfo.model_validate({"version": adapter.version(), **(outcome.reply or {})})
    except ValidationError:
        last = outcome.stderr_tail.splitlines()[-1:] or ["nothing on stderr"]
        reason = f"the probe {outcome.how_it_ended()}: {last[0]}"
        return BackendInfo(usable=False, version=adapter.version(), reason=reason)
