"""Tasks side by side: order, what follows, and what is left out after a failure."""

from __future__ import annotations

import threading
import time

import pytest

from bench_harness.measure.slots import Task, serve

PATIENCE_S = 10.0


def never() -> None:
    raise AssertionError("nothing failed")


def test_on_one_slot_what_a_task_returns_comes_before_what_waits() -> None:
    seen: list[str] = []

    def task(name: str, *following: Task) -> Task:
        def run(slot: int) -> list[Task]:
            assert slot == 0
            seen.append(name)
            return list(following)

        return run

    serve([task("a", task("a1", task("a11")), task("a2")), task("b")], 1, never)
    assert seen == ["a", "a1", "a11", "a2", "b"]


def test_two_slots_work_at_a_time_each_under_its_own_number() -> None:
    meeting = threading.Barrier(2)
    slots: list[int] = []

    def task(slot: int) -> list[Task]:
        meeting.wait(PATIENCE_S)  # breaks unless both are here
        slots.append(slot)
        return []

    serve([task, task], 2, never)
    assert sorted(slots) == [0, 1]


def test_an_idle_slot_waits_for_what_a_running_task_may_bring() -> None:
    """The tasks of a group come from its first one, when the other slot has nothing to do."""
    meeting = threading.Barrier(2)

    def first(slot: int) -> list[Task]:
        time.sleep(0.2)  # so that the other one is there and has nothing to do
        return [second, second]

    def second(slot: int) -> list[Task]:
        meeting.wait(PATIENCE_S)
        return []

    serve([first], 2, never)
    assert not meeting.broken


def test_after_a_failure_the_running_are_told_and_the_waiting_not_started() -> None:
    abandoned = threading.Event()
    seen: list[str] = []

    def fails(slot: int) -> list[Task]:
        raise ValueError("broken")

    def runs(slot: int) -> list[Task]:
        assert abandoned.wait(PATIENCE_S)
        seen.append("ended")
        return []

    def waits(slot: int) -> list[Task]:
        seen.append("started")
        return []

    with pytest.raises(ValueError, match="broken"):
        serve([runs, fails, *[waits] * 3], 2, abandoned.set)
    assert seen == ["ended"]
