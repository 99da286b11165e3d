"""Intervals by hierarchical bootstrap, and Student's t."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.stats.bootstrap import (
    Ratio,
    median_draws,
    median_interval,
    ratio_of_medians,
)
from bench_harness.stats.estimates import Estimate, median

TIMES = st.floats(1e-9, 1e3)
SAMPLES = st.lists(st.lists(TIMES, min_size=1, max_size=8), min_size=1, max_size=4)
SEVERAL = st.lists(st.lists(TIMES, min_size=1, max_size=8), min_size=2, max_size=4)


# -- the median ------------------------------------------------------------------------------


def test_one_sample_has_an_interval_without_width() -> None:
    assert median_interval([[2.0]]) == Estimate(2.0, 2.0, 2.0)


@given(SAMPLES)
def test_an_interval_lies_around_its_point(samples: list[list[float]]) -> None:
    estimate = median_interval(samples, resamples=100)
    assert estimate.point == median(samples)
    if len(samples) > 1:
        assert estimate.low <= estimate.point <= estimate.high
    else:  # percentiles of one process, which cannot lie outside its samples
        assert min(samples[0]) <= estimate.low <= estimate.high <= max(samples[0])


def test_a_time_of_zero_has_an_interval_too() -> None:
    estimate = median_interval([[0.0, 1.0], [0.0, 2.0]], resamples=100)
    assert estimate.low == 0.0
    assert estimate.low <= estimate.point <= estimate.high <= 2.0


def test_the_same_samples_give_the_same_interval() -> None:
    samples = [[1.0, 2.0, 3.0, 5.0], [2.0, 2.5, 2.7, 4.0]]
    assert median_interval(samples) == median_interval(samples)
    assert median_interval(samples, seed=1) != median_interval(samples, seed=2)
    narrow, wide = (median_interval(samples, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    "samples", [[[1.0, 2.0]], [[1.0, 2.0, 7.0]], [[1.0, 2.0, 4.0, 8.0]], [[3.0], [1.0, 2.0, 8.0]]]
)
def test_draws_are_medians_of_drawn_processes_and_runs(samples: list[list[float]]) -> None:
    """Draw as often as each way of drawing processes, and runs of each, has it."""
    expected: Counter[float] = Counter()
    for processes in itertools.product(samples, repeat=len(samples)):
        ways = [itertools.product(times, repeat=len(times)) for times in processes]
        outcomes = [median(drawn) for drawn in itertools.product(*ways)]
        for outcome in outcomes:
            expected[outcome] += 1 / len(outcomes) / len(samples) ** len(samples)
    draws = median_draws(samples, 40_000, np.random.default_rng(0))
    found = {value: np.mean(draws == value) for value in expected}
    assert sum(found.values()) == pytest.approx(1)
    assert found == pytest.approx(expected, abs=0.01)


def test_memory_is_bounded_and_the_number_of_draws_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench_harness.stats.bootstrap.CHUNK", 7)
    assert median_draws([[1.0, 2.0], [3.0, 4.0]], 25, np.random.default_rng(0)).shape == (25,)


@pytest.mark.parametrize("samples", [[], [[1.0], []]])
def test_a_process_without_a_time_is_refused(samples: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="every process needs a time"):
        median_draws(samples, 5, np.random.default_rng(0))


def coverage(draw: Callable[[], Any], truth: float, trials: int) -> float:
    """Return how often the 95 % interval of synthetic samples holds the true value."""
    estimates = [median_interval(draw(), resamples=300) for _ in range(trials)]
    return sum(estimate.low <= truth <= estimate.high for estimate in estimates) / trials


def test_intervals_of_one_process_cover_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    # The median of an exponential of mean 1 is log(2).
    found = coverage(lambda: [rng.exponential(size=40)], math.log(2.0), 400)
    assert 0.90 <= found <= 0.99


@pytest.mark.parametrize("processes", [2, 3, 4])
def test_intervals_of_few_processes_cover_too(processes: int) -> None:
    rng = np.random.default_rng(3)

    def draw() -> list[Any]:
        levels = np.exp(rng.normal(0.0, 0.05, size=processes))
        return [level * np.exp(rng.normal(0.0, 0.005, size=20)) for level in levels]

    assert coverage(draw, 1.0, 200) >= 0.92


def test_intervals_of_many_processes_cover_the_spread_between_them() -> None:
    rng = np.random.default_rng(2)

    def draw() -> list[Any]:
        return [rng.normal(level, 0.01, size=5) for level in rng.normal(1.0, 0.1, size=12)]

    assert 0.87 <= coverage(draw, 1.0, 200) <= 0.99
    # Runs taken for replicates would make the interval a fraction of what it has to be.
    pooled = coverage(lambda: [np.concatenate(draw())], 1.0, 200)
    assert pooled < 0.80


# -- the ratio -------------------------------------------------------------------------------


@given(SEVERAL, SEVERAL)
def test_a_ratio_lies_in_its_interval_and_turns_over(
    base: list[list[float]], head: list[list[float]]
) -> None:
    ratio = ratio_of_medians(base, head, resamples=50)
    estimate = ratio.estimate
    assert estimate.point == pytest.approx(median(head) / median(base))
    assert estimate.low <= estimate.point <= estimate.high
    assert ratio.p_value is not None
    assert 0 <= ratio.p_value <= 1
    # The p-value and the interval are one statement.
    if not math.isclose(ratio.p_value, 0.05, abs_tol=1e-6) and ratio.log_error:
        outside = not estimate.low <= 1 <= estimate.high
        assert outside == (ratio.p_value < 0.05)


@given(SEVERAL, st.floats(0.01, 100.0))
def test_a_ratio_scales_with_either_side(samples: list[list[float]], factor: float) -> None:
    scaled = [[time * factor for time in times] for times in samples]
    ratio, same = (ratio_of_medians(samples, side, resamples=50) for side in (scaled, samples))
    assert ratio.estimate.point == pytest.approx(factor)
    assert same.estimate.point == 1.0
    assert ratio.log_error == pytest.approx(same.log_error, abs=1e-9)


def test_no_time_is_no_ratio() -> None:
    with pytest.raises(ValueError, match="positive"):
        ratio_of_medians([[0.0, 1.0]], [[1.0]])


def test_one_process_on_a_side_proves_nothing() -> None:
    many = [[1.0, 1.1, 1.2], [1.0, 1.1, 1.3]]
    for base, head in ((many[:1], many), (many, many[:1]), ([[1.0]], [[2.0]])):
        ratio = ratio_of_medians(base, head)
        assert ratio.p_value is None
        assert ratio.smallest_effect() is None
        assert ratio.estimate.low <= ratio.estimate.point <= ratio.estimate.high


def test_equal_times_leave_no_doubt() -> None:
    constant = [[2.0, 2.0]] * 3
    assert ratio_of_medians(constant, constant).p_value == 1.0
    assert ratio_of_medians(constant, [[3.0, 3.0]] * 3).p_value == pytest.approx(0.0, abs=1e-12)


def experiments(processes: int, trials: int, slower: float = 1.0) -> list[Ratio]:
    """Return ratios of two sides with heavy-tailed levels and noisy runs; 2 % between them."""
    rng = np.random.default_rng(processes)

    def side(level: float) -> Any:
        levels = level * np.exp(0.02 * rng.standard_t(3, size=processes))
        return levels[:, None] * np.exp(0.02 * rng.normal(size=(processes, 10)))

    return [ratio_of_medians(side(1.0), side(slower), resamples=200) for _ in range(trials)]


@pytest.mark.parametrize("processes", [2, 3, 5, 10])
def test_intervals_of_a_ratio_cover_with_few_processes_too(processes: int) -> None:
    estimates = [ratio.estimate for ratio in experiments(processes, 300)]
    assert sum(e.low <= 1 <= e.high for e in estimates) / 300 >= 0.93


def test_the_smallest_effect_is_seen_as_often_as_it_says() -> None:
    effects = [ratio.smallest_effect() for ratio in experiments(10, 100)]
    effect = float(np.median([effect for effect in effects if effect is not None]))
    found = [ratio.estimate.low > 1 for ratio in experiments(10, 300, 1 + effect)]
    assert 0.65 <= sum(found) / 300 <= 0.95
