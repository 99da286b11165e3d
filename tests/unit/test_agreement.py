"""Two runs agree to the bit, within some units in the last place, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from bench_harness.verify.agreement import compare_bits

X = np.array([1.0, -2.5, 1e-30])


def test_the_same_bits() -> None:
    assert compare_bits({"x": X}, {"x": X.copy()}) == {"bitwise": True, "max_ulp": 0.0}


def test_signed_zeros_are_different_bits_at_no_distance() -> None:
    found = compare_bits({"x": np.array([0.0, 1.0])}, {"x": np.array([-0.0, 1.0])})
    assert found == {"bitwise": False, "max_ulp": 0.0}


def test_distance_counts_units_of_the_last_place() -> None:
    other = X.copy()
    other[1] += 3 * np.spacing(2.5)
    assert compare_bits({"x": X}, {"x": other}) == {"bitwise": False, "max_ulp": 3.0}


def test_entries_that_only_cancel_are_not_far_apart() -> None:
    other = X.copy()
    other[2] *= 2
    assert compare_bits({"x": X}, {"x": other})["max_ulp"] < 1


@pytest.mark.parametrize(
    "other",
    [
        {"x": np.array([1.0, np.nan, 0.0])},
        {"x": X[:2]},
        {"x": X.astype(np.float32)},
        {"y": X},
        {},
    ],
)
def test_what_differs_in_more_than_rounding_has_no_distance(other: dict[str, np.ndarray]) -> None:
    assert compare_bits({"x": X}, other) == {"bitwise": False, "max_ulp": None}


def test_complex_numbers_are_as_far_apart_as_their_difference_is_long() -> None:
    one = {"z": np.array([3 + 4j, 1e-30j])}
    other = {"z": one["z"] + np.array([2 * np.spacing(5.0), 1e-20])}
    assert compare_bits(one, other) == {"bitwise": False, "max_ulp": 2.0}


def test_integers_agree_exactly_or_not() -> None:
    one = {"n": np.array([1, 2])}
    assert compare_bits(one, {"n": np.array([1, 3])})["max_ulp"] is None
