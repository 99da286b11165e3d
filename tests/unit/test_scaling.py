"""Fits of time against size, and where backends overtake one another."""

from __future__ import annotations

import numpy as np
import pytest

from bench_harness.stats.scaling import Array, crossover, fit

SIZES = np.array([10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0])
SCATTER = 0.02
"""Standard deviation of a time about its law: what differs between processes."""


def law(a: float, b: float, alpha: float, sizes: Array = SIZES) -> Array:
    times: Array = a + b * sizes**alpha
    return times


def measured(times: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return times with scatter, and resamples that know of a fifth of it only."""
    seen = times * np.exp(SCATTER * rng.standard_normal(times.shape))
    return seen, seen[:, None] * np.exp(SCATTER / 5 * rng.standard_normal((times.size, 100)))


@pytest.mark.parametrize(
    "truth", [(1e-6, 2e-9, 1.5), (0.0, 1e-9, 2.0), (5e-5, 3e-9, 1.0), (1e-5, 1e-12, 3.0)]
)
def test_a_law_without_scatter_is_found(truth: tuple[float, float, float]) -> None:
    times = law(*truth)
    found = fit(SIZES, times, np.repeat(times[:, None], 2, axis=1))
    assert found.alpha.point == pytest.approx(truth[2], abs=1e-3)
    assert found.a.point == pytest.approx(truth[0], abs=2e-3 * times[0])
    assert found.at(200.0).point == pytest.approx(law(*truth, np.array([200.0]))[0], rel=1e-3)
    assert found.rel_residual < 1e-3


def test_times_that_do_not_grow_have_no_growing_part() -> None:
    times = np.full(SIZES.size, 3e-5)
    found = fit(SIZES, times, np.repeat(times[:, None], 2, axis=1))
    assert found.at(10.0).point == pytest.approx(3e-5)
    assert found.at(3000.0).point == pytest.approx(3e-5)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """95 % is asked for; the binomial bound for 40 series at 95 % is 0.875."""
    rng = np.random.default_rng(5)
    truth = (1e-6, 2e-9, 1.5)
    fits = [fit(SIZES, *measured(law(*truth), rng)) for _ in range(40)]
    covered = np.mean([f.alpha.low <= 1.5 <= f.alpha.high for f in fits])
    assert covered >= 0.875
    errors = np.array([f.alpha.point - 1.5 for f in fits])
    assert np.sqrt(np.mean(errors**2)) < 0.05


def test_the_crossover_is_found_with_its_interval() -> None:
    """Both intervals' misses add up, so that 85 % of 40 series are asked for."""
    rng = np.random.default_rng(6)
    small, large = (1e-6, 2e-9, 1.5), (2e-5, 1e-9, 1.2)
    fine = np.geomspace(10, 3000, 100_000)
    truth = fine[np.argmax(law(*small, fine) > law(*large, fine))]
    found = [
        crossover(fit(SIZES, *measured(law(*small), rng)), fit(SIZES, *measured(law(*large), rng)))
        for _ in range(40)
    ]
    sizes = [c.size for c in found if c.size is not None]
    assert len(sizes) == 40
    assert np.mean([size.low <= truth <= size.high for size in sizes]) >= 0.85
    assert np.median([size.point for size in sizes]) == pytest.approx(truth, rel=0.03)


def test_backends_that_do_not_cross_have_no_crossover() -> None:
    rng = np.random.default_rng(7)
    fast = fit(SIZES, *measured(law(1e-7, 1e-9, 1.0), rng))
    slow = fit(SIZES, *measured(law(1e-6, 1e-8, 1.0), rng))
    for first, second in ((fast, slow), (slow, fast)):
        assert crossover(first, second).size is None


@pytest.mark.parametrize(
    ("sizes", "times", "message"),
    [
        ([1.0, 2.0, 3.0, 3.0], [1.0, 2.0, 3.0, 3.0], "needs 4 sizes, not 3"),
        ([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], "must be positive"),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 3.0, 4.0], "must be positive"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    sizes: list[float], times: list[float], message: str
) -> None:
    column = np.array(times)
    with pytest.raises(ValueError, match=message):
        fit(sizes, column, column[:, None])
