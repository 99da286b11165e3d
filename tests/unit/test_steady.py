"""Classes of series: synthetic ones whose class is known, and the shapes that must not deceive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.stats.steady import MIN_RUNS, Kind, classify
from tests.steady_study import NOISE, TROUBLE, unsettled_share

Rng = np.random.Generator


def noise(rng: Rng, n: int) -> np.ndarray:
    """Return run-to-run variation as clean machines show it: skewed, and a few slow runs."""
    level = 10 ** rng.uniform(-3, -1.7)
    factor = 1 + level * (rng.normal(size=n) + 0.3 * rng.exponential(size=n))
    factor[rng.random(n) < 0.03] *= rng.uniform(1.2, 3)
    return factor


def flat(rng: Rng, n: int) -> np.ndarray:
    return noise(rng, n)


def warm_up(rng: Rng, n: int) -> np.ndarray:
    """Slower at first, by a step or decaying."""
    last = int(rng.integers(max(3, n // 10), n // 2))
    shape = np.zeros(n)
    shape[:last] = 1.0
    if rng.random() < 0.5:
        shape = np.exp(-np.arange(n) / (last / 3))
    return noise(rng, n) * (1 + rng.uniform(0.3, 2) * shape)


def drift(rng: Rng, n: int) -> np.ndarray:
    """Steadily slower or faster, or a step up."""
    if rng.random() < 0.4:
        step = np.arange(n) >= rng.integers(0.35 * n, 0.65 * n)
        return noise(rng, n) * (1 + rng.uniform(0.25, 1) * step)
    slope = rng.uniform(0.25, 1) * rng.choice([-0.6, 1])
    return noise(rng, n) * (1 + slope * np.arange(n) / n)


def cyclic(rng: Rng, n: int) -> np.ndarray:
    """A sine, or every k-th run slower."""
    period = int(rng.integers(2, max(4, n // 5)))
    if rng.random() < 0.5:
        wave = np.sin(2 * np.pi * (np.arange(n) / period + rng.random())) if period > 2 else 0
        if period > 2:
            return noise(rng, n) * (1 + rng.uniform(0.1, 0.4) * wave)
    period = min(period, 4)
    return noise(rng, n) * (1 + rng.uniform(0.2, 1) * (np.arange(n) % period == 0))


def multimodal(rng: Rng, n: int) -> np.ndarray:
    """Each run at one of two levels, at random."""
    share = rng.uniform(0.3, 0.7)
    while True:
        high = rng.random(n) < share
        if 0.35 * n <= high.sum() <= 0.65 * n:
            return noise(rng, n) * (1 + rng.uniform(0.25, 1.5) * high)


def quantised(rng: Rng, n: int) -> np.ndarray:
    """Whole ticks of the scheduler."""
    tick = rng.choice([0.01, 0.004, 0.001])
    return tick * (rng.integers(1, 4, size=n) + rng.normal(size=n) * 0.004)


def none(rng: Rng, n: int) -> np.ndarray:
    """Wanders: levels that hold for a while and lead nowhere."""
    while True:
        count = int(rng.integers(3, 6))
        cuts = np.sort(rng.choice(np.arange(1, n // 4), size=count - 1, replace=False)) * 4
        levels = rng.uniform(0, 1, size=count)
        steps = np.diff(levels)
        wave = 1 + levels[np.searchsorted(cuts, np.arange(n), side="right")]
        if (
            np.abs(steps).min() > 0.25
            and (steps > 0).any()
            and (steps < 0).any()
            and levels[-1] > levels.min() + 0.15
            and np.mean(np.abs(wave / np.median(wave) - 1) < 0.1) < 0.6
        ):
            return noise(rng, n) * wave


CLASSES: dict[Kind, Callable[[Rng, int], np.ndarray]] = {
    "flat": flat,
    "warm-up": warm_up,
    "drift": drift,
    "cyclic": cyclic,
    "multimodal": multimodal,
    "quantised": quantised,
    "none": none,
}


def confusion(n: int, trials: int, seed: int = 0) -> Counter[tuple[str, str]]:
    """Return how often a series of one class is taken for one of another."""
    rng = np.random.default_rng(seed)
    found: Counter[tuple[str, str]] = Counter()
    for kind, draw in CLASSES.items():
        for _ in range(trials):
            scale = 1.0 if kind == "quantised" else 10 ** rng.uniform(-4, -2) * np.pi
            seen = classify(list(draw(rng, n) * scale))
            assert seen is not None
            found[kind, seen.kind] += 1
    return found


def macro_f1(found: Counter[tuple[str, str]]) -> float:
    scores = []
    for kind in CLASSES:
        hits = found[kind, kind]
        drawn = sum(count for (true, _), count in found.items() if true == kind)
        named = sum(count for (_, seen), count in found.items() if seen == kind)
        scores.append(2 * hits / (drawn + named))
    return float(np.mean(scores))


@pytest.mark.parametrize(("n", "score"), [(20, 0.90), (40, 0.91), (100, 0.94)])
def test_synthetic_series_are_given_their_class(n: int, score: float) -> None:
    found = confusion(n, 60)
    assert macro_f1(found) >= score, found
    # What matters most: a flat series is not called unsettled.
    assert found["flat", "flat"] >= 56


@given(st.lists(st.floats(1e-9, 10.0), min_size=MIN_RUNS, max_size=300), st.integers(1, 1000))
def test_any_series_has_a_class_that_its_unit_does_not_change(times: list[float], n: int) -> None:
    seen = classify(times, n)
    assert seen is not None
    assert 0 <= seen.steady_from < len(times)
    if seen.kind != "quantised":
        doubled = classify([2 * time for time in times], n)
        assert doubled is not None
        assert doubled.kind in (seen.kind, "quantised")


def test_few_runs_have_no_class() -> None:
    assert classify([1.0] * (MIN_RUNS - 1)) is None
    assert classify([0.0] * 20) is None


def test_single_slow_runs_are_outliers_of_a_flat_series() -> None:
    times = [1.0, 1.001, 0.999, 1.0, 1.002] * 4
    times[7] = 9.0
    times[15] = 3.0
    seen = classify(times)
    assert seen is not None
    assert (seen.kind, seen.settled) == ("flat", True)


def test_a_warm_up_says_where_it_ends() -> None:
    seen = classify([3.0, 3.01, 2.99, 3.0, 3.0] + [1.0, 1.01, 0.99] * 5)
    assert seen is not None
    assert (seen.kind, seen.steady_from) == ("warm-up", 5)
    assert "first 5 of 20 runs are up to 200% slower" in seen.detail


def test_a_late_level_is_no_single_number() -> None:
    # The median of all runs is that of the warm-up, which is not what later calls take.
    seen = classify([1.5, 1.51, 1.49] * 4 + [1.0, 1.01, 0.99, 1.0] * 2)
    assert seen is not None
    assert (seen.kind, seen.steady_from, seen.settled) == ("warm-up", 12, False)


def test_a_neighbour_of_a_few_runs_denies_no_number() -> None:
    level = [1.0, 1.01, 0.99, 1.02]
    seen = classify(level * 2 + [1.4, 1.45, 1.38, 1.42] + level * 2)
    assert seen is not None
    assert (seen.kind, seen.settled) == ("flat", True)


@pytest.mark.parametrize("draw", NOISE.values(), ids=NOISE)
def test_noise_is_not_called_unsettled(draw: Callable[[Rng, int], np.ndarray]) -> None:
    assert unsettled_share(draw, 20, trials=60) <= 0.1


@pytest.mark.parametrize("draw", TROUBLE.values(), ids=TROUBLE)
def test_a_change_that_matters_is(draw: Callable[[Rng, int], np.ndarray]) -> None:
    assert unsettled_share(draw, 20, trials=60) >= 0.85


def test_ticks_are_seen_in_runs_of_many_calls() -> None:
    seen = classify([0.004 / 7, 0.008 / 7, 0.004 / 7, 0.012 / 7] * 5, calls_per_run=7)
    assert seen is not None
    assert (seen.kind, seen.settled) == ("quantised", False)
    assert "4 ms" in seen.detail


def test_two_levels_are_no_single_number() -> None:
    rng = np.random.default_rng(1)
    seen = classify(list(np.where(rng.random(30) < 0.5, 1.0, 1.9) * rng.normal(1, 0.01, 30)))
    assert seen is not None
    assert (seen.kind, seen.settled) == ("multimodal", False)
