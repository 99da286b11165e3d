"""A child's side of `bench_harness.process`: the request it was given, the reply it owes.

Imports next to nothing: it is the first thing that a worker loads, and its time is counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_request() -> tuple[dict[str, Any], Path]:
    """Return the request of this child and its private folder."""
    _die_with_parent()
    folder = Path(sys.argv[1])
    return json.loads((folder / "request.json").read_text()), folder


def write_reply(folder: Path, reply: Mapping[str, Any]) -> None:
    """Write the reply in one step: it is there whole, or not at all."""
    draft = folder / "reply.draft"
    text = json.dumps(reply, allow_nan=False, ensure_ascii=False)
    draft.write_text(text, encoding="utf-8", errors="replace")  # file names may be no Unicode
    draft.replace(folder / "reply.json")


def _die_with_parent() -> None:
    """Ask the kernel to kill this process when the parent dies, however it dies (Linux)."""
    if sys.platform == "linux":
        import ctypes
        import signal

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
