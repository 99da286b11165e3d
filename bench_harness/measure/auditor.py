"""The process that asks whether a case's times can be true: one for each audited case.

``python -m bench_harness.measure.auditor`` calls the case on two sets of inputs, with and without
waiting, and reads the results back; it reports seconds and writes outputs. What follows from
them is decided in `bench_harness.audit`.
"""

from __future__ import annotations

import functools
import os
import statistics
import time
import traceback
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

from bench_harness.child import read_request, write_reply
from bench_harness.measure import proc, timing
from bench_harness.measure.life import Life
from bench_harness.measure.subject import Subject, inputs_digest, prepare

ROUNDS = 15
MIN_ROUND_S = 2e-3


def main() -> None:
    """Answer one request with what was observed, or with the exception."""
    request, folder = read_request()
    proc.pin_to(request["cpus"])
    try:
        reply = {"status": "ok", **observe(request)}
    except Exception as error:
        reason = traceback.format_exception_only(error)[-1].strip()
        reply = {"status": "failed", "reason": reason}
    write_reply(folder, reply)
    os._exit(0)


def observe(request: Mapping[str, Any]) -> dict[str, Any]:
    """Call a case on two sets of inputs and time it in several ways.

    Returns
    -------
    dict
        ``depends_on_seed``; seconds per call on the ``same_s`` and on ``rotated_s`` inputs, not
        waited for (``issued_s``), and with the outputs read back (``read_s``); ``transfer_s``,
        the reading back alone; ``compilations`` in those calls; ``weak`` outputs.
    """
    seed = request["config"]["seed"]
    subject = prepare(request, Life(time.monotonic()), seed)
    other_inputs = subject.kernel.make(
        seed + 1, request["case"]["dtype"], request["case"]["params"]
    )
    first, other = subject.call, subject.call_on(other_inputs)
    weak = []
    for call, path in zip((first, other, first), request["paths"], strict=True):
        weak = subject.save(_finished(subject, call), Path(path))
    for _ in range(3):
        _finished(subject, first), _finished(subject, other)
    compiled = subject.backend.compilations()

    def read_back() -> None:
        subject.collect(first())

    done = _finished(subject, first)
    observed = {
        "depends_on_seed": inputs_digest(subject.inputs) != inputs_digest(other_inputs),
        "same_s": _seconds(lambda: _finished(subject, first)),
        "rotated_s": _seconds(functools.partial(_next_finished, subject, cycle((first, other)))),
        "issued_s": _seconds(first),
        "read_s": _seconds(read_back),
        "transfer_s": _seconds(lambda: subject.collect(done)),
        "weak": weak,
    }
    after = subject.backend.compilations()
    return {**observed, "compilations": None if compiled is None else (after or 0) - compiled}


def _finished(subject: Subject, call: Callable[[], Any]) -> Any:
    output = call()
    if subject.wait is not None:
        subject.wait(output)
    return output


def _next_finished(subject: Subject, calls: Any) -> Any:
    return _finished(subject, next(calls))


def _seconds(call: Callable[[], Any]) -> float:
    """Return the median seconds per call over `ROUNDS` rounds."""
    start = time.perf_counter()
    call()
    count = timing.calls_per_run(time.perf_counter() - start, MIN_ROUND_S)
    count += count % 2  # as many calls on either set of inputs
    return statistics.median(
        timing.time_once(call, None, count, time.perf_counter)[0] for _ in range(ROUNDS)
    )


if __name__ == "__main__":
    main()
