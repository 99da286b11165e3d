"""Statistics of samples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.stats.estimates import break_even_calls, mean, median, median_margin


def test_processes_are_the_replicates() -> None:
    samples = [[1.0, 1.0, 1.0, 1.0, 1.0], [3.0]]
    assert median(samples) == 2.0
    assert mean(samples) == 2.0
    assert median([[1.0, 2.0, 100.0]]) == 2.0
    assert mean([[1.0, 2.0, 6.0]]) == 3.0


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


def test_the_margin_of_a_median_is_that_of_order_statistics() -> None:
    # Of 100 values the interval of the median is that from the 40th to the 61st.
    assert median_margin(list(range(1, 101))) == pytest.approx((61 - 40) / 2 / 51)
    assert median_margin([2.0] * 20) == 0.0
    assert median_margin([1.0] * 5) == math.inf
    assert median_margin([0.0] * 20) == math.inf
