"""JUnit XML: a suite for each suite, a test case for each case, failures as failures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from bench_harness import units
from bench_harness.model import NOT_RUN, CaseResult, RunRecord
from bench_harness.stats.estimates import median
from bench_harness.summary import first_call_s, samples_of

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, such as the colour codes in a traceback."""


def export(record: RunRecord) -> str:
    """Return every case: ``wrong`` is a failure, what gave no answer an error."""
    root = ET.Element("testsuites", name="bench-harness")
    by_suite = sorted(record.results, key=lambda result: result.case.suite)
    for name, results in groupby(by_suite, key=lambda result: result.case.suite):
        _add_suite(root, name, list(results), record)
    _set_counts(root, record.results)
    ET.indent(root)
    return f"{DECLARATION}\n{ET.tostring(root, encoding='unicode')}\n"


def _add_suite(
    root: ET.Element, name: str, results: Sequence[CaseResult], record: RunRecord
) -> None:
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        timestamp=record.started_at.partition("+")[0],
        hostname=_clean(record.environment.host),
    )
    _set_counts(suite, results)
    for result in results:
        _add_case(suite, result)


def _set_counts(element: ET.Element, results: Sequence[CaseResult]) -> None:
    count = Counter(_tag(result) for result in results)
    element.set("tests", str(len(results)))
    element.set("failures", str(count["failure"]))
    element.set("errors", str(count["error"]))
    if element.tag == "testsuite":
        element.set("skipped", str(count["skipped"]))
    element.set("time", f"{sum(map(_duration_s, results)):.6f}")


def _tag(result: CaseResult) -> str:
    """Return the element that says how a case ended; empty for a pass."""
    if result.status == "ok":
        return ""
    if result.status in NOT_RUN:
        return "skipped"
    return "failure" if result.status == "wrong" else "error"


def _add_case(suite: ET.Element, result: CaseResult) -> None:
    case = result.case
    element = ET.SubElement(
        suite,
        "testcase",
        classname=f"{case.suite}.{case.kernel}",
        name=f"{case.preset}/{case.label}/{case.device}/{case.dtype}",
        time=f"{_duration_s(result):.6f}",
    )
    tag = _tag(result)
    if tag:
        reason = _clean(f"{result.status}: {result.reason or 'no reason was given'}")
        verdict = ET.SubElement(element, tag, message=reason)
        if tag != "skipped":
            verdict.set("type", result.status)
            verdict.text = _clean(result.details or reason)
    elif result.measurements:
        ET.SubElement(element, "system-out").text = _times(result)


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
