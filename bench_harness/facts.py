"""What two records can differ in besides their times: their environments and settings, flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench_harness.model import RunRecord

VOLATILE = ("cpu.frequency_mhz", "clock.read_s", "ceilings.", "calibration.", "source.branch")
"""Facts that are measured or momentary, so that they differ between any two runs."""


def facts(record: RunRecord) -> dict[str, str]:
    """Return the facts of a record by dotted name, without those that are `VOLATILE`."""
    return dict(_facts(record))


def _facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "started_at", record.started_at
    yield "harness_version", record.harness_version
    yield from _flat("config", record.config.model_dump(mode="json"))
    for name, value in _flat("", record.environment.model_dump(mode="json")):
        if not name.startswith(VOLATILE):
            yield name, value


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every leaf of nested values by its dotted name."""
    if isinstance(value, Mapping | list):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, part in items:
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), part)
    elif value is not None:
        yield prefix, str(value)
