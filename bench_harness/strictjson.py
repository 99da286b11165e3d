"""JSON from files that nobody vouches for: what is read can be written again, and is not deep.

Python's own parser takes more than JSON (``NaN``, ``1e999``, a key twice, half of a surrogate
pair) and follows nesting until its stack ends.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 64
"""Levels of nesting; a record has 8."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""One without an end goes to the end: to look for one from each of its quotes would take hours."""
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        If it is not JSON, nests more than `MAX_DEPTH` levels, holds a number that is not finite,
        a key twice in one object, or text that is not Unicode.
    """
    _check_depth(text)
    value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()  # a lone half cannot be encoded
    return value


def _check_depth(text: str) -> None:
    # Before parsing: the parser's own limit depends on the Python version and on who calls it.
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    levels, before = 0, ""
    while brackets and brackets != before and levels <= MAX_DEPTH:
        levels, before = levels + 1, brackets
        brackets = brackets.replace("[]", "").replace("{}", "")  # the innermost level
    # What does not match is for the parser to tell of, if it cannot be deep.
    if levels > MAX_DEPTH or len(brackets) > MAX_DEPTH:
        raise ValueError(f"it nests more than {MAX_DEPTH} levels, or its brackets do not match")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result
