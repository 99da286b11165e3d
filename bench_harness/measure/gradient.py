"""Differentiate an implementation by its backend's own autodiff, and time that."""

from __future__ import annotations

import statistics
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness import npz
from bench_harness.kernel import Gradient, output_weights
from bench_harness.measure import invoke, timing
from bench_harness.measure.subject import Subject

RUNS = 10


def differentiate(subject: Subject, gradient: Gradient, path: Path) -> dict[str, Any] | None:
    """Return how a gradient was obtained and how long it takes; write its values to `path`.

    What is differentiated is the output's entries times `output_weights`, summed, so that every
    entry counts and none cancels.

    Returns
    -------
    dict or None
        ``mode`` (``"reverse"`` or ``"forward"``) and ``gradient_s``; ``problem`` and ``details``
        where autodiff fails: it is never replaced by differences; or ``unsupported``, the reason
        that the kernel gives. None where the backend has no autodiff, and for a variant that is
        only another way to run the same file.
    """
    backend, implementation = subject.backend, subject.implementation
    if "autodiff" not in backend.features or implementation.automatic_variant:
        return None
    if implementation.label in gradient.unsupported:
        return {"unsupported": gradient.unsupported[implementation.label]}
    arguments = list(subject.call.args)
    wrt = [subject.loaded.parameters.index(name) for name in gradient.wrt]
    outputs = tuple(subject.kernel.outputs)

    def pick(returned: Any) -> Any:
        return invoke.by_name(returned, outputs)[gradient.output]

    shape = backend.to_numpy(pick(subject.first_call())).shape
    weights = backend.from_numpy(output_weights(shape))
    try:
        mode, call = backend.differentiator(subject.loaded.function, arguments, wrt, pick, weights)
        values = call()
        for name, value in zip(gradient.wrt, values, strict=True):
            if not np.isfinite(backend.to_numpy(value)).all():
                return {"problem": f"the derivative with respect to {name} is not finite"}
    except Exception as error:
        problem = traceback.format_exception_only(error)[0].strip()[:300]
        return {"problem": problem, "details": traceback.format_exc()}
    wait = subject.wait
    times = [timing.time_once(call, wait, 1, time.perf_counter)[0] for _ in range(RUNS)]
    arrays = {name: backend.to_numpy(v) for name, v in zip(gradient.wrt, values, strict=True)}
    npz.save(path, arrays)
    return {"mode": mode, "gradient_s": statistics.median(times)}


def weighted(outputs: Mapping[str, np.ndarray], gradient: Gradient) -> complex:
    """Return the number that is differentiated, from NumPy outputs; real if they are."""
    value = outputs[gradient.output]
    total: complex = np.sum(value * output_weights(value.shape)).item()
    return total
