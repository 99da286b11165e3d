"""The ledger of a worker's life, by a clock that only ticks when it is told to."""

from __future__ import annotations

import pytest

from bench_harness.measure.life import Life
from tests.unit.test_timing import Clock


def test_every_second_belongs_to_one_part() -> None:
    clock = Clock()
    life = Life(clock.now - 3.0, clock)
    with life.part("import"):
        clock.now += 5.0
    clock.now += 0.5
    with life.part("steady"):
        clock.now += 1.0
        with life.part("to_host"):
            clock.now += 2.0
        clock.now += 1.0
    with life.part("import"):
        clock.now += 0.25
    clock.now += 0.125
    assert life.close() == clock.now
    assert life.parts == {"harness": 3.625, "import": 5.25, "steady": 2.0, "to_host": 2.0}
    assert life.sum("import", "steady", "unknown") == 7.25


def test_a_part_that_fails_has_its_time_all_the_same() -> None:
    clock = Clock()
    life = Life(clock.now, clock)

    def fail() -> None:
        clock.now += 1.0
        raise ArithmeticError

    with pytest.raises(ArithmeticError), life.part("load"):
        fail()
    clock.now += 2.0
    life.close()
    assert life.parts == {"harness": 2.0, "load": 1.0}
