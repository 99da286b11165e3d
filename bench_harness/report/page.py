"""One HTML page that holds everything: tables, plots, their data and the code that draws them.

The page loads nothing and sends nothing: its content security policy allows the two scripts in
it, by their digests, and no connection. All that comes from a record is escaped, in the markup by
Jinja, in the data block by JSON's own escapes, so that no field can become markup or code.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any

from bench_harness.model import RunRecord
from bench_harness.report.checks import (
    determinism_table,
    frontier_table,
    gradient_table,
    verification_table,
)
from bench_harness.report.environments import (
    config_lines,
    difference_table,
    environment_lines,
    record_names,
    reproduction,
)
from bench_harness.report.findings import findings
from bench_harness.report.leaders import leader_table, standings
from bench_harness.report.memory import memory_table
from bench_harness.report.notices import not_measured_table, warning_table
from bench_harness.report.optional import optional
from bench_harness.report.page_data import case_columns, case_rows, choices, headline, plot_data
from bench_harness.report.points import points
from bench_harness.report.scaling import scaling_table
from bench_harness.report.side_by_side import side_by_side_table
from bench_harness.report.table import by_group, by_suite
from bench_harness.report.times import group_table, suite_table

MAX_GROUPS = 300
"""Kernels and sizes whose own tables the page holds; more are left to the Markdown report."""

ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def render_page(records: Sequence[RunRecord]) -> str:
    """Return the page of one or more records.

    Raises
    ------
    ConfigurationError
        If plotly or Jinja is not installed; names the extra.
    """
    jinja2, markup = optional("jinja2", "The page"), optional("markupsafe", "The page").Markup
    plotly = resources.files(optional("plotly", "The page"))
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bench_harness.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda text: markup(cell_html(text))
    scripts = [
        (plotly / "package_data/plotly.min.js").read_text(encoding="utf-8"),
        _template("page.js"),
    ]
    found = points(records)
    page: str = environment.get_template("page.html.j2").render(
        style=markup(_template("page.css")),
        scripts=[markup(script) for script in scripts],
        policy=content_policy(scripts),
        data=markup(embedded(plot_data(records, found))),
        names=record_names(records),
        records=records,
        choices=choices(found),
        columns=case_columns(records),
        rows=case_rows(records, found),
        headline=headline(found),
        reports=[_report(record) for record in records],
        comparison=[difference_table(records), side_by_side_table(records)]
        if len(records) > 1
        else [],
    )
    return page


def _template(name: str) -> str:
    return (resources.files("bench_harness.report") / "templates" / name).read_text("utf-8")


def content_policy(scripts: Sequence[str]) -> str:
    """Return a content security policy that allows these scripts and nothing from elsewhere."""
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def embedded(data: Any) -> str:
    """Return JSON that can stand in a script element: it holds no ``<``, so it cannot end it.

    >>> embedded("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    return json.dumps(data, allow_nan=False, separators=(",", ":")).translate(ESCAPES)


def cell_html(text: str) -> str:
    """Return the text of a table as HTML: escaped, with code, emphasis and weight marked.

    >>> cell_html("`torch` **<no>**")
    '<code>torch</code> <b>&lt;no&gt;</b>'
    """
    escaped = html.escape(" ".join(text.split()))
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    escaped = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", escaped)
    return re.sub(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])", r"<em>\1</em>", escaped)


def _report(record: RunRecord) -> dict[str, Any]:
    """Return what the page says of one record."""
    checks = (
        scaling_table(record.results),
        frontier_table(record.results),
        determinism_table(record.results),
        gradient_table(record.results),
        memory_table(record.results),
        verification_table(record.results),
    )
    groups = by_group(record.results)
    found = standings(record)
    return {
        "findings": findings(record, found),
        "leaders": leader_table(found.leaders),
        "suites": [
            {
                "name": suite,
                "overview": suite_table(suite, results),
                "groups": [group_table(group, record) for group in by_group(results)]
                if len(groups) <= MAX_GROUPS
                else [],
            }
            for suite, results in by_suite(record.results)
        ],
        "checks": [table for table in checks if table.rows],
        "notices": [
            table
            for table in (warning_table(record.results), not_measured_table(record.results))
            if table.rows
        ],
        "environment": environment_lines(record.environment) + config_lines(record),
        "reproduction": reproduction(record),
    }
