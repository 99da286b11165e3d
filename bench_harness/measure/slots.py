"""Tasks on several shares of the machine at a time, in an order that finishes what was begun."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

Task = Callable[[int], "Sequence[Task]"]
"""Takes the number of its slot; returns tasks that could not start before it."""


def serve(tasks: Iterable[Task], slots: int, abandon: Callable[[], None]) -> None:
    """Run tasks in order, `slots` at a time; those that a task returns go before all waiting.

    Parameters
    ----------
    tasks : iterable of Task
    slots : int
        1 runs all of them in this thread.
    abandon : callable
        Called when a task raises, or Ctrl-C comes: it is to end the tasks that still run. Those
        that wait are not started.
    """
    queue = _Queue(tasks)
    if slots == 1:
        queue.serve(0)
        return
    with ThreadPoolExecutor(slots) as pool:
        servers = [pool.submit(queue.serve, slot) for slot in range(slots)]
        try:
            for server in as_completed(servers):
                server.result()
        except BaseException:
            queue.clear()
            abandon()
            raise


class _Queue:
    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting = deque(tasks)
        self._running = 0
        self._changed = threading.Condition()

    def serve(self, slot: int) -> None:
        """Run tasks until none waits and none runs that could bring more."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or not self._running)
                if not self._waiting:
                    return
                task = self._waiting.popleft()
                self._running += 1
            following: Sequence[Task] = ()
            try:
                following = task(slot)
            finally:
                with self._changed:
                    self._running -= 1
                    self._waiting.extendleft(reversed(following))
                    self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()
