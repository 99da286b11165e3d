"""The ledger of a worker's life: every second belongs to exactly one part."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

HARNESS = "harness"
"""What is in no other part: the harness's own imports, checks and files."""


class Life:
    """Attributes the time that passes to named parts, so that they sum to the whole.

    Parameters
    ----------
    started_s : float
        When the life began, by `clock`.
    clock : callable
        Seconds; that of the parent, so that it can go on counting after the worker's end.
    """

    def __init__(self, started_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.parts: dict[str, float] = {}
        self._clock = clock
        self._since = started_s
        self._current = HARNESS

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Attribute the time that the block takes to `name`, less that of blocks within."""
        outer = self._current
        self._turn_to(name)
        try:
            yield
        finally:
            self._turn_to(outer)

    def close(self) -> float:
        """Attribute the time up to now; returns now."""
        self._turn_to(self._current)
        return self._since

    def sum(self, *names: str) -> float:
        """Return the seconds of several parts together."""
        return sum(self.parts.get(name, 0.0) for name in names)

    def _turn_to(self, name: str) -> None:
        now = self._clock()
        self.parts[self._current] = self.parts.get(self._current, 0.0) + now - self._since
        self._since, self._current = now, name
