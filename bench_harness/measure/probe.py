"""A worker that only starts a backend and describes it: ``bench-harness doctor`` asks it."""

from __future__ import annotations

import sys
from pathlib import Path

from bench_harness.backends import Host, get_adapter
from bench_harness.child import read_request, write_reply
from bench_harness.errors import BackendUnavailableError
from bench_harness.measure.trial import describe


def main() -> None:
    """Answer one request with a `model.BackendInfo`."""
    request, folder = read_request()
    backend = get_adapter(request["backend"])
    try:
        backend.load()
        backend.start(Host("cpu", request["threads"], Path(request["cache_dir"])))
        reply = describe(backend)
    except BackendUnavailableError as error:
        reply = {"usable": False, "version": backend.version(), "reason": str(error)}
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        reply = {"usable": False, "version": backend.version(), "reason": reason}
    write_reply(folder, reply)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
