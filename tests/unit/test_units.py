"""Numbers -> text."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness import units


def test_the_examples_in_the_docstrings_hold() -> None:
    tried = doctest.testmod(units)
    assert tried.attempted > 5
    assert not tried.failed


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0"),
        (1.2345e-3, "1.234"),
        (1.0, "1000"),
        (123.456, "123456"),
        (4.5e-8, "0.00004500"),
        (0.0099999, "10.00"),
        (0.999999, "1000"),
        (None, units.MISSING),
    ],
)
def test_milliseconds(seconds: float | None, text: str) -> None:
    assert units.milliseconds(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 µs"),
        (4.5e-7, "0.450 µs"),
        (1e-3, "1.00 ms"),
        (0.99996e-3, "1000 µs"),
        (59.94, "59.9 s"),
        (60.0, "1 min 0 s"),
        (3725.0, "62 min 5 s"),
    ],
)
def test_seconds(value: float, text: str) -> None:
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, units.MISSING), (0.0, "0"), (1.04e-16, "1.0e-16"), (2.0, "2.0e+00")],
)
def test_error(value: float | None, text: str) -> None:
    assert units.error(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, units.MISSING), (1234.5, "1234x"), (99.96, "100x"), (9.96, "10.0x"), (0.5, "0.50x")],
)
def test_ratio(value: float | None, text: str) -> None:
    assert units.ratio(value) == text


def test_size_and_rate() -> None:
    assert [units.size(n) for n in (None, 0, 1023, 1024, 5 * 2**40)] == [
        units.MISSING,
        "0 B",
        "1023 B",
        "1.0 KiB",
        "5120.0 GiB",
    ]
    assert units.rate(999.0, "B/s") == "999 B/s"
    assert units.rate(2.5e12, "FLOP/s") == "2.50 TFLOP/s"


@given(st.floats(1e-12, 1e9), st.integers(2, 6))
def test_significant_digits_are_kept_and_there_is_no_exponent(value: float, digits: int) -> None:
    text = units.significant(value, digits)
    assert re.fullmatch(r"\d+(\.\d+)?", text)
    assert float(text) == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))
    if "." in text:
        assert len(text.replace(".", "").lstrip("0")) == digits
