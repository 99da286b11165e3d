"""Records made from a good one: some must be refused, the others must do no harm.

`REFUSED` are texts that no command may take for a record. `scripted` are valid records with an
attack in every string that a record leaves free: whatever renders them must show them as text.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench_harness import store
from bench_harness.errors import RecordError

RECORD = Path(__file__).parent / "data/record.json"

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "tag": "\"'><img src=x onerror=alert(1)>",
    "closing": "</td></table></script><svg/onload=alert(1)>",
    "template": "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "link": "[x](javascript:alert(1)) ![y](http://evil.example/p.png)",
    "table": "a | b\n| c |\r\n# heading\n```\n",
    "terminal": "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\x08",
    "direction": "\u202egnp.exe\u2066",
    "path": "../../../../etc/passwd",
}
"""What is written into every free string, by the kind of attack."""

HUGE = 10**400
"""An integer that no float holds."""


def good() -> dict[str, Any]:
    """Return a valid record as JSON data: every status, verified and not."""
    data: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return data


def scripted(payload: str) -> str:
    """Return a valid record with `payload` in every string that the schema leaves free."""
    data = good()
    for place in list(_strings(data)):
        if place[2:3] == ("case",) and place[1] > 0:
            continue  # the same name in every case would be a case that stands twice
        changed = copy.deepcopy(data)
        put(changed, place, payload)
        # One place at a time: what a pattern or an enumeration protects stays as it is.
        if _is_valid(_small(changed, place)):
            data = changed
    return json.dumps(data)


def _small(data: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """Return the record with the one result that a place lies in, to validate it quickly."""
    results = [data["results"][place[1]]] if place[0] == "results" else []
    return {**data, "results": results}


def _is_valid(data: dict[str, Any]) -> bool:
    try:
        store.parse(json.dumps(data), "hostile")
    except RecordError:
        return False
    return True


def _strings(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every string in JSON data."""
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _strings(part, (*place, key))


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of everything in JSON data but the whole."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*place, key)
            yield from places(part, (*place, key))


def put(data: Any, place: tuple[Any, ...], value: Any) -> None:
    """Put a value in its place in JSON data."""
    for key in place[:-1]:
        data = data[key]
    data[place[-1]] = value


def _edited(edit: Callable[[dict[str, Any]], Any]) -> Callable[[], str]:
    def text() -> str:
        data = good()
        edit(data)
        return json.dumps(data)

    return text


def _replaced(old: str, new: str) -> Callable[[], str]:
    """Return the good record's text with one part replaced, for what `json` would not write."""

    def text() -> str:
        original = json.dumps(good())
        assert old in original, old
        return original.replace(old, new, 1)

    return text


def _first(data: dict[str, Any]) -> dict[str, Any]:
    return data["results"][0]  # type: ignore[no-any-return]


def _case(**changed: Any) -> Callable[[], str]:
    return _edited(lambda data: _first(data)["case"].update(changed))


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


REFUSED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "binary": lambda: "\x00\x01\x02" * 100,
    "truncated": lambda: json.dumps(good())[:-100],
    "two records": lambda: json.dumps(good()) * 2,
    "no object": lambda: "[]",
    "another object": lambda: '{"name": "package", "version": "1.0"}',
    "future version": _edited(lambda data: data.update(schema_version=10**6)),
    "version as text": _edited(lambda data: data.update(schema_version="1")),
    "version as object": _edited(lambda data: data.update(schema_version={"a": []})),
    "huge version": _edited(lambda data: data.update(schema_version=HUGE)),
    "unknown field": _edited(lambda data: data.update(__class__="os.system")),
    "results as object": _edited(lambda data: data.update(results={"0": {}})),
    "result as text": _edited(lambda data: data.update(results=["x"])),
    "times as text": _edited(lambda data: _first(data)["measurements"][0].update(times_s=["1"])),
    "negative time": _edited(lambda data: _first(data)["measurements"][0].update(times_s=[-1])),
    "huge time": _edited(lambda data: _first(data)["measurements"][0].update(times_s=[HUGE])),
    "huge count": _edited(lambda data: data["config"].update(processes=-HUGE)),
    "NaN time": _edited(lambda d: _first(d)["measurements"][0].update(times_s=[float("nan")])),
    "NaN parameter": _edited(lambda d: _first(d)["case"]["params"].update(x=float("nan"))),
    "infinite clock": _edited(lambda d: d["environment"]["clock"].update(x=float("inf"))),
    "overflowing number": _replaced('"seed": 0', '"seed": 1e999'),
    "endless integer": _replaced('"seed": 0', f'"seed": {"9" * 100_000}'),
    "half a character": _replaced('"host": "', '"host": "\\ud800'),
    "key twice": _replaced('"seed": 0', '"seed": 0, "seed": 1'),
    "nested": lambda: _nested(100_000),
    "nested in a parameter": _replaced('"params": {', f'"params": {{"x": {_nested(100_000)}, '),
    "nested within the parser's limit": _replaced(
        '"params": {', f'"params": {{"x": {_nested(700)}, '
    ),
    "case twice": _edited(lambda data: data["results"].append(data["results"][0])),
    "suite with a path": _case(suite="../../etc"),
    "kernel with a path": _case(kernel="/etc/passwd"),
    "preset that climbs": _case(preset=".."),
    "preset with a slash": _case(preset="a/b"),
    "preset with a zero": _case(preset="a\x00b"),
    "preset with an escape": _case(preset="a\x1b[2Jb"),
    "device that climbs": _case(device=".."),
    "empty preset": _case(preset=""),
    "suite with a newline": _case(suite="a\n"),
    "ok without times": _edited(lambda data: _first(data).update(measurements=[])),
    "ok without a verdict": _edited(lambda data: _first(data).update(verification=None)),
}
"""Texts that no command may take for a record, by what is wrong with them."""


def huge() -> str:
    """Return 100 MB of nesting."""
    return _nested(50_000_000)
