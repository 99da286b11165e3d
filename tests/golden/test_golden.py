"""Reports of a stored record, compared with files that were looked at.

``python -m tests.regenerate`` rewrites them.
"""

from __future__ import annotations

from bench_harness import store
from bench_harness.report.markdown import render_report
from tests.regenerate import RECORD, REPORT


def test_the_report_of_the_stored_record_is_the_golden_one() -> None:
    text = render_report(store.load(RECORD)) + "\n"
    assert text == REPORT.read_text(encoding="utf-8"), "run: python -m tests.regenerate"


def test_the_stored_record_is_what_it_claims_to_be() -> None:
    record = store.load(RECORD)
    assert {result.status for result in record.results} >= {
        *("ok", "wrong", "failed", "timeout", "unavailable", "unsupported")
    }
    assert "<script>" in RECORD.read_text(encoding="utf-8")
    body = REPORT.read_text(encoding="utf-8").partition("## How to reproduce")[0]
    assert "<script>" not in body
    assert "<img" not in body
