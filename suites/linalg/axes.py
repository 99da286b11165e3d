"""The axes of a matrix, checked where a language or a compiler would not."""

from __future__ import annotations

from typing import Any

from bench_harness import ConfigurationError


def normalised(axis: Any) -> int | None:
    """Return 0, 1, or None for the total.

    Raises
    ------
    ConfigurationError
        For an axis that a matrix does not have: never a total in its place.
    """
    if axis is None:
        return None
    if isinstance(axis, bool) or not isinstance(axis, int) or not -2 <= axis <= 1:
        raise ConfigurationError(
            f"axis is {axis!r}; a matrix has the axes 0 and 1 (or -2 and -1), and none gives "
            "the total."
        )
    return axis % 2
