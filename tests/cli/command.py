"""The command line as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
SUITES = DATA / "suites"
MISBEHAVING = DATA / "misbehaving"
COMMAND = [sys.executable, "-m", "bench_harness"]
QUICK = ["--warmup-runs", "1", "--timed-runs", "3", "--threads", "1"]


def call(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``bench-harness`` with these words in a folder and return how it went."""
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240)
