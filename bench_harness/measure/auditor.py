"""The process that asks whether a case's times can be true: one for each audited case.

``python -m bench_harness.measure.auditor`` calls the case on two sets of inputs, with and without
waiting, and reads the results back; it reports seconds and writes outputs. What follows from
them is decided in `bench_harness.audit`.
"""

from __future__ import annotations

import functools
import math
import os
import time
import traceback
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

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
        ``depends_on_seed``; what `_times` returns; ``compilations`` in those calls; ``weak``
        outputs; ``host_work`` that is not the backend's own, or ``host_work_problem`` if that
        cannot be told.
    """
    seed = request["config"]["seed"]
    subject = prepare(request, Life(time.monotonic()), seed)
    other_inputs = subject.kernel.make(
        seed + 1, request["case"]["dtype"], request["case"]["params"]
    )
    first, other = subject.call, subject.on(other_inputs).call
    weak = []
    for call, path in zip((first, other, first), request["paths"], strict=True):
        weak = subject.save(_finished(subject, call), Path(path))
    subject.check_compiled(cold=True)
    for _ in range(3):
        _finished(subject, first), _finished(subject, other)
    compiled = subject.backend.compilations()
    times = _times(subject, first, other)
    after = subject.backend.compilations()
    return {
        "depends_on_seed": inputs_digest(subject.inputs) != inputs_digest(other_inputs),
        **times,
        "compilations": None if compiled is None else (after or 0) - compiled,
        "weak": weak,
        **_host_work(subject),
    }


def _times(
    subject: Subject, first: Callable[[], Any], other: Callable[[], Any]
) -> dict[str, float]:
    """Time a case in several ways in turn, and keep the fastest round of each.

    What is looked for is there in every round; a busy neighbour is not.

    Returns
    -------
    dict
        Seconds per call on the ``same_s`` and on ``rotated_s`` inputs; ``read_s``, reading the
        outputs of a call that was waited for, and ``reread_s``, reading them again; ``inputs_s``,
        copying the inputs once.
    """
    arrays = [value for value in subject.inputs.values() if isinstance(value, np.ndarray)]
    ways: dict[str, Callable[[], Any]] = {
        "same_s": functools.partial(_finished, subject, first),
        "rotated_s": functools.partial(_next_finished, subject, cycle((first, other))),
        "inputs_s": lambda: [array.copy() for array in arrays],
    }
    counts = {name: _count(call) for name, call in ways.items()}
    fastest = dict.fromkeys((*ways, "read_s", "reread_s"), math.inf)

    def keep(name: str, seconds: float) -> None:
        fastest[name] = min(fastest[name], seconds)

    clock = time.perf_counter
    for _ in range(ROUNDS):
        for name, call in ways.items():
            keep(name, timing.time_once(call, None, counts[name], clock)[0])
        output = _finished(subject, first)
        for name in ("read_s", "reread_s"):
            read = functools.partial(subject.collect, output)
            keep(name, timing.time_once(read, None, 1, clock)[0])
    return fastest


def _count(call: Callable[[], Any]) -> int:
    """Return how many calls make a round; even, so that either set of inputs has as many."""
    start = time.perf_counter()
    call()
    count = timing.calls_per_run(time.perf_counter() - start, MIN_ROUND_S)
    return count + count % 2


def _host_work(subject: Subject) -> dict[str, Any]:
    """Ask the backend whether the work is its own; what cannot be found out is said."""
    try:
        return {"host_work": subject.backend.host_work(subject.call)}
    except Exception as error:
        return {"host_work_problem": traceback.format_exception_only(error)[-1].strip()}


def _finished(subject: Subject, call: Callable[[], Any]) -> Any:
    output = call()
    if subject.wait is not None:
        subject.wait(output)
    return output


def _next_finished(subject: Subject, calls: Any) -> Any:
    return _finished(subject, next(calls))


if __name__ == "__main__":
    main()
