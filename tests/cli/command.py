"""The command line as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
SUITES = DATA / "suites"
MISBEHAVING = DATA / "misbehaving"
COMMAND = [sys.executable, "-m", "bench_harness"]
QUICK = ["--warmup-runs", "1", "--timed-runs", "3", "--threads", "1"]


def call(
    *words: object, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``bench-harness`` with these words in a folder and return how it went.

    ``env`` has variables on top of this process's own.
    """
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=240,
    )
