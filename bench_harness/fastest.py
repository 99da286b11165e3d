"""The policy ``measured``: the fastest verified backend in this machine's own records."""

from __future__ import annotations

import functools
import logging
import math
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench_harness.errors import ConfigurationError, RecordError

VARIABLE = "BENCH_HARNESS_RESULTS"
"""Where records are looked for, below: ``results`` in the current folder if it is not set."""

MANY_CALLS = 1_000_000

_logger = logging.getLogger(__name__)


def fastest(kernel_id: str, sizes: Mapping[str, int]) -> tuple[str, str]:
    """Return label and device of the fastest verified implementation at the nearest size.

    Parameters
    ----------
    kernel_id : str
        ``"suite/kernel"``.
    sizes : mapping of str to int
        Size parameters of the call, as far as its arguments tell them.

    Returns
    -------
    label : str
        ``"torch"``, ``"torch.compile"``.
    device : str

    Raises
    ------
    ConfigurationError
        If this machine has no record of the kernel; says how to make one.
    """
    folder = Path(os.environ.get(VARIABLE, "results"))
    files = tuple(sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*.json")))
    return _fastest(kernel_id, tuple(sorted(sizes.items())), folder, files)


@functools.lru_cache(maxsize=1024)
def _fastest(
    kernel_id: str,
    sizes: tuple[tuple[str, int], ...],
    folder: Path,
    files: tuple[tuple[Path, int], ...],
) -> tuple[str, str]:
    from bench_harness.advise import recommend

    records = [
        record
        for record in _own_records(files)
        if any(result.case.kernel_id == kernel_id for result in record.results)
    ]
    if not records:
        raise ConfigurationError(
            f"Policy 'measured' finds no record of {kernel_id} on this machine under {folder}. "
            f"Make one: bench-harness run {kernel_id}. Records elsewhere are named by {VARIABLE}."
        )
    threads = max(records, key=lambda record: record.started_at).config.threads
    records = [record for record in records if record.config.threads == threads]
    measured = {
        result.case.preset: result.case.params
        for record in records
        for result in record.results
        if result.case.kernel_id == kernel_id and result.status == "ok"
    }
    nearest = min(measured, key=lambda preset: _distance(measured[preset], sizes), default=None)
    advice = recommend(records, kernel_id, preset=nearest, calls=MANY_CALLS, imported=True)
    # A portable implementation is its author's to call: it takes the array backend first.
    best = next(cost for cost in advice.costs if not cost.name.endswith(".portable"))
    label, _, device = best.name.partition("/")
    _logger.info(
        "%s on %s: fastest of %d at %s, measured on this machine",
        label,
        kernel_id,
        len(advice.costs),
        nearest,
    )
    return label, device or "cpu"


def _distance(params: Mapping[str, Any], sizes: tuple[tuple[str, int], ...]) -> float:
    """Return how far a measured size is from one asked for, in powers of e."""
    return sum(
        abs(math.log(max(params[name], 1) / max(size, 1)))
        for name, size in sizes
        if isinstance(params.get(name), int)
    )


@functools.lru_cache(maxsize=4)
def _own_records(files: tuple[tuple[Path, int], ...]) -> list[Any]:
    """Return this machine's records; what is none is passed over and logged."""
    from bench_harness import store

    found = []
    for path, _ in files:
        try:
            record = store.load(path)
        except RecordError as error:
            _logger.info("%s is passed over: %s", path, error)
            continue
        if record.environment.host == platform.node():
            found.append(record)
    return found
