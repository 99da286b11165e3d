"""The process in which one case is measured: ``python -m bench_harness.measure.worker``.

It imports the backend that the case asks for and nothing else that is heavy; its environment
was set by the runner before it started. The framework comes first, so that what is shared with
the harness (NumPy) counts as the framework's. Where several cases are checked at a time, it is
forked from a process that has imported all this, and sets the rest of its environment itself.
"""

import time

STARTED_S = time.monotonic()  # before anything else is imported

import contextlib  # noqa: E402
import importlib  # noqa: E402
import os  # noqa: E402

from bench_harness.child import read_request, write_reply  # noqa: E402
from bench_harness.measure import proc  # noqa: E402
from bench_harness.measure.life import Life  # noqa: E402


def preload() -> None:
    """Import what every case needs, before workers are forked for them."""
    importlib.import_module("bench_harness.measure.trial")


def main() -> None:
    """Answer one request with a measurement, or with how it failed."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    os.environ.update(request["variables"])
    started_s = max(STARTED_S, request["spawned_at_s"])
    life = Life(started_s)
    life.parts["interpreter"] = started_s - request["spawned_at_s"]
    resident = proc.resident_bytes()
    # A framework that cannot be imported is told by its adapter, with the remedy.
    with life.part("import"), contextlib.suppress(Exception):
        importlib.import_module(request["imported_first"])
    from bench_harness.measure.trial import answer

    reply = answer(request, life, resident)
    write_reply(folder, {**reply, "closed_at_s": life.close(), "phases_s": life.parts})
    # Frameworks' exit handlers can hang or crash after all is done; the reply is written.
    os._exit(0)


if __name__ == "__main__":
    main()
