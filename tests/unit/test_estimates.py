"""Statistics of samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.stats.estimates import Estimate, break_even_calls, interval, mean, median

SAMPLES = st.lists(st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=8), min_size=1, max_size=4)


def test_processes_are_the_replicates() -> None:
    samples = [[1.0, 1.0, 1.0, 1.0, 1.0], [3.0]]
    assert median(samples) == 2.0
    assert mean(samples) == 2.0
    assert median([[1.0, 2.0, 100.0]]) == 2.0
    assert mean([[1.0, 2.0, 6.0]]) == 3.0


def test_one_sample_has_an_interval_without_width() -> None:
    assert interval([[2.0]]) == Estimate(2.0, 2.0, 2.0)


@given(SAMPLES)
def test_an_interval_lies_within_the_samples_around_its_point(samples: list[list[float]]) -> None:
    estimate = interval(samples, resamples=100)
    everything = list(itertools.chain(*samples))
    assert min(everything) <= estimate.low <= estimate.high <= max(everything)
    assert estimate.point == median(samples)


def test_the_same_samples_give_the_same_interval() -> None:
    samples = [[1.0, 2.0, 3.0, 5.0], [2.0, 2.5, 2.7, 4.0]]
    assert interval(samples) == interval(samples)
    assert interval(samples, confidence=0.5).high < interval(samples, confidence=0.99).high


def test_the_interval_of_unequal_processes_is_drawn_the_same_way() -> None:
    rng = np.random.default_rng(3)
    whole = [rng.normal(level, 0.1, size=30) for level in (1.0, 2.0, 3.0, 4.0)]
    cut = [*whole[:3], whole[3][:29]]
    equal, unequal = interval(whole), interval(cut)
    assert unequal.low == pytest.approx(equal.low, rel=0.05)
    assert unequal.high == pytest.approx(equal.high, rel=0.05)


def coverage(draw: Callable[[], Any], truth: float, trials: int, statistic: Any = median) -> float:
    """Return how often the 95 % interval of synthetic samples holds the true value."""
    estimates = [interval(draw(), statistic, resamples=300) for _ in range(trials)]
    return sum(estimate.low <= truth <= estimate.high for estimate in estimates) / trials


def test_intervals_of_one_process_cover_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    skewed = np.log(2.0)  # the median of an exponential of mean 1
    found = coverage(lambda: [rng.exponential(size=40)], skewed, 400)
    assert 0.90 <= found <= 0.99
    found = coverage(lambda: [rng.normal(5.0, 1.0, size=40)], 5.0, 400, mean)
    assert 0.90 <= found <= 0.99


def test_intervals_of_many_processes_cover_the_spread_between_them() -> None:
    rng = np.random.default_rng(2)

    def draw() -> list[np.ndarray]:
        return [rng.normal(level, 0.01, size=5) for level in rng.normal(1.0, 0.1, size=12)]

    assert 0.87 <= coverage(draw, 1.0, 200) <= 0.99
    # Runs taken for replicates would make the interval a fraction of what it has to be.
    pooled = coverage(lambda: [np.concatenate(draw())], 1.0, 200)
    assert pooled < 0.80


WHOLE = st.integers(0, 60)  # whole seconds: exact, so brute force is the truth


@given(WHOLE, WHOLE, WHOLE, WHOLE)
def test_break_even_is_the_first_call_that_pays(
    first: int, steady: int, reference_first: int, reference_steady: int
) -> None:
    paid = (
        n
        for n in range(1, 80)
        if first + (n - 1) * steady <= reference_first + (n - 1) * reference_steady
    )
    expected = next(paid, None)
    assert break_even_calls(first, steady, reference_first, reference_steady) == expected


def test_a_slower_backend_never_pays_back() -> None:
    assert break_even_calls(2.0, 1.0, 1.0, 1.0) is None
    assert break_even_calls(1.0, 9.0, 2.0, 1.0) == 1
    assert break_even_calls(10.0, 0.001, 0.001, 0.001 + 1e-9) == pytest.approx(
        1 + 9.999e9, rel=1e-6
    )
