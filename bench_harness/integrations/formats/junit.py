"""JUnit XML: a suite for each suite, a test case for each case, failures as failures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from bench_harness import units
from bench_harness.comparison import CaseComparison, Comparison
from bench_harness.model import NOT_RUN, Case, CaseResult, RunRecord
from bench_harness.report.comparison import change_text, slow_text
from bench_harness.stats.estimates import median
from bench_harness.summary import first_call_s, samples_of

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, such as the colour codes in a traceback."""


@dataclass(frozen=True)
class _Test:
    case: Case
    end: Literal["passed", "failure", "error", "skipped"]
    kind: str = ""
    message: str = ""
    details: str = ""
    output: str = ""
    seconds: float = 0.0


def export(record: RunRecord) -> str:
    """Return every case: ``wrong`` is a failure, what gave no answer an error."""
    tests = [_measured(result) for result in record.results]
    return _document(tests, {"timestamp": record.started_at.partition("+")[0]})


def export_comparison(comparison: Comparison) -> str:
    """Return every case: a regression, an answer lost or an error that grew is a failure."""
    tests = [_compared(case) for case in comparison.cases]
    return _document(tests, {})


def _measured(result: CaseResult) -> _Test:
    case, seconds = result.case, _duration_s(result)
    if result.status == "ok":
        return _Test(case, "passed", output=_times(result), seconds=seconds)
    reason = f"{result.status}: {result.reason or 'no reason was given'}"
    if result.status in NOT_RUN:
        return _Test(case, "skipped", message=reason)
    end: Literal["failure", "error"] = "failure" if result.status == "wrong" else "error"
    return _Test(case, end, result.status, reason, result.details or reason, seconds=seconds)


def _compared(case: CaseComparison) -> _Test:
    if case.broken or case.error_grew:
        message = "; ".join(case.lost) or f"is {case.head_status}"
        return _Test(case.case, "failure", "answer", message, message)
    if case.verdict == "regressed":
        return _Test(case.case, "failure", "regressed", slow_text(case), slow_text(case))
    if case.verdict is None:
        return _Test(case.case, "skipped", message=case.reason or "its speed was not compared")
    return _Test(case.case, "passed", output=f"{case.verdict}: {change_text(case)}")


def _document(tests: Sequence[_Test], attributes: dict[str, str]) -> str:
    root = ET.Element("testsuites", name="bench-harness")
    _set_counts(root, tests)
    ordered = sorted(tests, key=lambda test: test.case.suite)
    for name, members in groupby(ordered, key=lambda test: test.case.suite):
        suite = ET.SubElement(root, "testsuite", {"name": name, **attributes})
        listed = list(members)
        _set_counts(suite, listed)
        for test in listed:
            _add(suite, test)
    ET.indent(root)
    return f"{DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _set_counts(element: ET.Element, tests: Sequence[_Test]) -> None:
    count = Counter(test.end for test in tests)
    element.set("tests", str(len(tests)))
    element.set("failures", str(count["failure"]))
    element.set("errors", str(count["error"]))
    if element.tag == "testsuite":
        element.set("skipped", str(count["skipped"]))
    element.set("time", f"{sum(test.seconds for test in tests):.6f}")


def _add(suite: ET.Element, test: _Test) -> None:
    case = test.case
    element = ET.SubElement(
        suite,
        "testcase",
        classname=f"{case.suite}.{case.kernel}",
        name=f"{case.preset}/{case.label}/{case.device}/{case.dtype}",
        time=f"{test.seconds:.6f}",
    )
    if test.end != "passed":
        end = ET.SubElement(element, test.end, message=_clean(test.message))
        if test.end != "skipped":
            end.set("type", test.kind)
            end.text = _clean(test.details)
    if test.output:
        ET.SubElement(element, "system-out").text = _clean(test.output)


def _duration_s(result: CaseResult) -> float:
    """Return what a case took, as far as it is known; JUnit's time is that of the test."""
    total = 0.0
    for m in result.measurements:
        parts = (m.interpreter_s, m.import_s, m.init_s, m.setup_s, m.first_call_s)
        total += sum(part or 0.0 for part in (*parts, m.wall_time_s, m.teardown_s))
    return total


def _times(result: CaseResult) -> str:
    first = first_call_s(result)
    parts = [f"steady median {units.seconds(median(samples_of(result)))}"]
    parts += [] if first is None else [f"first call {units.seconds(first)}"]
    error = result.verification.max_rel_err if result.verification else None
    parts += [] if error is None else [f"largest relative error {units.error(error)}"]
    return ", ".join(parts)


def _clean(text: str) -> str:
    return FORBIDDEN.sub("�", text)
