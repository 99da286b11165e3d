"""The page as text: what it holds is escaped, and only its own scripts may run."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.errors import ConfigurationError
from bench_harness.report.page import cell_html, embedded, render_page
from bench_harness.report.page_data import MAX_SAMPLES, plot_data
from bench_harness.report.points import points
from tests.factories import make_case, make_measurement, make_record, make_result
from tests.hostile_texts import hostile_record

TAGS = re.compile(
    "a|body|button|code|dd|details|div|dl|dt|em|b|figcaption|figure|form|h[1-4]|head|header|html|"
    "input|label|li|main|meta|nav|noscript|option|output|p|pre|script|section|select|small|style|"
    "summary|table|tbody|td|th|thead|title|tr|ul"
)


class Elements(html.parser.HTMLParser):
    """Collects tags and attributes, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str] = []
        self.policy = ""
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open = tag
        self.attributes |= {name for name, _ in attrs}
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open == "script":
            self.scripts[-1] += data


@given(st.text(max_size=60))
def test_embedded_data_is_read_back_and_cannot_end_its_element(text: str) -> None:
    block = embedded({text: [text]})
    assert json.loads(block) == {text: [text]}
    assert not set(block) & set("<>&\u2028\u2029")


@given(st.text(alphabet="`*<>&\"'a \n", max_size=30))
def test_a_cell_holds_no_markup_but_its_own(text: str) -> None:
    bare = re.sub(r"</?(?:code|b|em)>", "", cell_html(text))
    assert not set(bare) & set("<>\"'")


def test_a_hostile_record_adds_no_element_and_no_attribute() -> None:
    pytest.importorskip("plotly")
    seen, plain = Elements(), Elements()
    seen.feed(render_page([hostile_record()]))
    plain.feed(render_page([make_record(make_result())]))
    assert all(TAGS.fullmatch(tag) for tag in seen.tags)
    assert seen.attributes <= plain.attributes | {"value"}
    assert len(seen.scripts) == len(plain.scripts) == 3


def test_the_policy_allows_the_page_s_own_scripts_and_no_connection() -> None:
    pytest.importorskip("plotly")
    seen = Elements()
    seen.feed(render_page([make_record(make_result())]))
    for script in seen.scripts[1:]:  # the first is the data
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in seen.policy
    assert "default-src 'none'" in seen.policy
    assert "unsafe-inline" not in seen.policy.partition("style-src")[0]


def test_without_plotly_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ConfigurationError, match=r"plotly.*pip install 'bench-harness\[report\]'"):
        render_page([make_record(make_result())])


def test_only_verified_cases_are_drawn_and_long_series_are_thinned() -> None:
    long = make_measurement([0.001] * (3 * MAX_SAMPLES + 1))
    results = [make_result(measurements=[long]), make_result("numba", "wrong")]
    records = [make_record(*results)]
    (case,) = plot_data(records, points(records))["cases"]
    assert case["id"] == make_case().id
    assert MAX_SAMPLES / 2 <= len(case["runs"][0]) <= MAX_SAMPLES
