"""The page of promises: every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/\S+\.py)::(\w+)`")


def missing(text: str) -> list[str]:
    """Return the tests that a text names and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(text)
        if not (ROOT / path).is_file()
        or not re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]


def test_every_test_that_keeps_a_promise_exists() -> None:
    text = (ROOT / "docs/reliability.md").read_text()
    assert missing(text) == []
    promises = [line for line in text.splitlines() if re.match(r"\| [A-Za-z1]", line)]
    kept = [line for line in promises if NAMED.search(line)]
    assert len(kept) > 20


def test_a_test_that_is_not_there_is_seen() -> None:
    text = "`tests/unit/test_reliability.py::test_nothing` `tests/none.py::test_a`"
    assert missing(text) == [
        "tests/unit/test_reliability.py::test_nothing",
        "tests/none.py::test_a",
    ]
