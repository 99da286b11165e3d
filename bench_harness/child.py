"""A child's side of `bench_harness.process`: the request it was given, the reply it owes.

Imports next to nothing: it is the first thing that a worker loads, and its time is counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_request() -> tuple[dict[str, Any], Path]:
    """Return the request of this child and its private folder."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text())
    _die_with(request["parent"])
    return request, folder


def write_reply(folder: Path, reply: Mapping[str, Any]) -> None:
    """Write the reply in one step: it is there whole, or not at all."""
    draft = folder / "reply.draft"
    text = json.dumps(reply, allow_nan=False, ensure_ascii=False)
    draft.write_text(text, encoding="utf-8", errors="replace")  # file names may be no Unicode
    draft.replace(folder / "reply.json")


def _die_with(parent: int) -> None:
    """End this process when its parent does, however that ends."""
    if sys.platform == "linux":
        import ctypes
        import signal

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    else:
        _watch(parent)
    if os.getppid() != parent:  # it ended before it could be watched
        os._exit(1)


def _watch(parent: int) -> None:
    """Look every second whether the parent is there, where the system does not tell."""
    import threading

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()
