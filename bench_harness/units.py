"""Numbers -> text: the only place where times, sizes and rates are formatted."""

from __future__ import annotations

import re

MISSING = "–"


def milliseconds(seconds: float | None) -> str:
    """Format seconds as milliseconds with four significant digits, without an exponent."""
    return MISSING if seconds is None else significant(seconds * 1e3, 4)


def significant(value: float, digits: int) -> str:
    """Format with so many significant digits, never in exponent form, never more than it has.

    >>> significant(1234.5678, 4), significant(0.00123456, 3)
    ('1235', '0.00123')
    """
    if value == 0:
        return "0"
    # The exponent after rounding: 9.9996 to four digits is 10.00.
    decimals = digits - 1 - int(f"{value:.{digits - 1}e}".partition("e")[2])
    return f"{value:.{max(0, decimals)}f}"


def seconds(value: float) -> str:
    """Format a duration with the unit that suits it.

    >>> seconds(0.00123), seconds(75.0)
    ('1.23 ms', '1 min 15 s')
    """
    if value >= 60:
        return f"{int(value // 60)} min {int(value % 60)} s"
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1 or unit == "µs":
            return f"{significant(value * factor, 3)} {unit}"
    raise AssertionError("unreachable")


def size(count: float | None) -> str:
    """Format a number of bytes with a binary unit.

    >>> size(1536), size(24 * 2**30)
    ('1.5 KiB', '24.0 GiB')
    """
    if count is None:
        return MISSING
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(count) < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError("unreachable")


def ratio(value: float | None) -> str:
    """Format a speedup.

    >>> ratio(12.345), ratio(0.0213), ratio(1.0)
    ('12.3x', '0.021x', '1.0x')
    """
    if value is None:
        return MISSING
    if value >= 99.95:
        return f"{value:.0f}x"
    return f"{value:.1f}x" if value >= 0.95 else f"{significant(value, 2)}x"


def ratio_range(bounds: tuple[float, float] | None) -> str:
    """Format a speedup known between two bounds; one number where both read the same.

    >>> ratio_range((2.1, 2.61)), ratio_range((2.0, 2.0)), ratio_range(None)
    ('2.1x to 2.6x', '2.0x', '–')
    """
    if bounds is None:
        return MISSING
    low, high = map(ratio, bounds)
    return low if low == high else f"{low} to {high}"


def error(value: float | None) -> str:
    """Format a relative error.

    >>> error(1.1e-10), error(0.0)
    ('1.1e-10', '0')
    """
    if value is None:
        return MISSING
    return "0" if value == 0 else f"{value:.1e}"


def rate(per_second: float, unit: str) -> str:
    """Format a rate with a decimal prefix.

    >>> rate(5.5e10, "FLOP/s")
    '55.0 GFLOP/s'
    """
    for prefix, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if per_second >= factor:
            return f"{significant(per_second / factor, 3)} {prefix}{unit}"
    return f"{significant(per_second, 3)} {unit}"


# Control characters but tab and newline, and those that turn the direction of writing.
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return text that a terminal shows and does not obey: a suite or a record may have sent it."""
    return text if text.isprintable() else _UNSHOWN.sub("\ufffd", text)


def percent(share: float | None, *, signed: bool = False) -> str:
    """Format a share with one decimal, none from 100 % on.

    >>> percent(0.0521), percent(-0.004, signed=True), percent(1.5, signed=True)
    ('5.2%', '-0.4%', '+150%')
    """
    if share is None:
        return MISSING
    decimals = 1 if abs(share) < 0.9995 else 0
    return f"{share:{'+' if signed else ''}.{decimals}%}"
