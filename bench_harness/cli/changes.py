"""``--set name=value``: text -> values of their types."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from bench_harness.errors import ConfigurationError


def parse_changes(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Parse ``--set name=value[,value...]`` into values of their types.

    Returns
    -------
    dict of str to list
        Integers, finite floats, ``true``/``false``, ``none``, and everything else as text.
    """
    changes: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not name.isidentifier() or not values:
            raise ConfigurationError(
                f"--set {text!r} is not NAME=VALUE[,VALUE...], for example --set n=10,100."
            )
        if name in changes:
            raise ConfigurationError(f"--set {name} is given twice; list its values: {name}=1,2.")
        changes[name] = [_parse_value(name, value) for value in values.split(",")]
    return changes


def _parse_value(name: str, text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        raise ConfigurationError(f"--set {name}={text}: the value must be finite.")
    return number
