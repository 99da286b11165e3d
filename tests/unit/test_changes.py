"""Change points: found where they are, and seldom where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from bench_harness.stats.changes import change_points


def noise(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.01, count)


@pytest.mark.parametrize("where", [4, 10, 15])
def test_a_step_is_found_where_it_is(where: int) -> None:
    series = noise(20, 1) + np.where(np.arange(20) < where, 0.0, 0.1)
    assert change_points(series) == [where]


def test_two_steps_are_found() -> None:
    series = noise(40, 2)
    series[12:] += 0.1
    series[25:] -= 0.2
    assert change_points(series) == [12, 25]


def test_what_goes_up_and_comes_back_is_found() -> None:
    series = noise(30, 3)
    series[10:20] += 0.1
    assert change_points(series) == [10, 20]


def test_one_odd_run_is_no_level() -> None:
    series = noise(20, 4)
    series[9] += 0.3
    assert change_points(series) == []


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 5, [1.0] * 30, [0.0, 9.0, 0.0, 9.0]])
def test_nothing_is_found_where_nothing_can_be(values: list[float]) -> None:
    assert change_points(values) == []


def test_false_alarms_are_as_rare_as_asked() -> None:
    # 200 series of pure noise: 10 are expected at 5 %, 20 or more have a probability of 0.3 %.
    alarms = sum(
        bool(change_points(noise(12, 1000 + seed), permutations=99)) for seed in range(200)
    )
    assert 1 <= alarms < 20


def test_the_answer_does_not_depend_on_scale_or_on_chance() -> None:
    series = noise(20, 5) + np.where(np.arange(20) < 8, 0.0, 0.05)
    assert change_points(series) == change_points(series) == change_points(1000 * series + 7)
