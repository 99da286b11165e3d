"""A comparison as Markdown: worse answers first, then speed, then what surrounds them."""

from __future__ import annotations

from collections.abc import Sequence

from bench_harness import units
from bench_harness.comparison import CaseComparison, ComparedSide, Comparison
from bench_harness.report.markdown import escape, render_table
from bench_harness.report.table import Align, Table

ORDER = ("regressed", "improved", "inconclusive", "equivalent", None)


def render_comparison(comparison: Comparison) -> str:
    """Return a comparison as Markdown."""
    what = "Gate" if comparison.kind == "gate" else "Comparison"
    parts = [
        f"# {what}: {escape(side_text(comparison.head))} against "
        f"{escape(side_text(comparison.base))}\n",
        "\n".join(f"* {escape(line)}" for line in summary_lines(comparison)) + "\n",
    ]
    for table in (
        answer_table(comparison),
        speed_table(comparison),
        one_sided_table(comparison),
        environment_table(comparison),
    ):
        if table.rows:
            parts.append(render_table(table, "##"))
    return "\n".join(parts)


def side_text(side: ComparedSide) -> str:
    """Return the name of a side, with its commit unless it is called by it."""
    commit = side.commit and side.commit[:12]
    return f"{side.name} ({commit})" if commit and not side.name.startswith(commit) else side.name


def summary_lines(comparison: Comparison) -> list[str]:
    """Return the outcome in a few lines, the worst first."""
    lines = []
    if comparison.broken:
        lines.append(f"{_cases(len(comparison.broken))} wrong, failed, or lost: see Answers.")
    grown = [case for case in comparison.cases if case.error_grew]
    if grown:
        lines.append(f"{_cases(len(grown))} less accurate by more than is allowed: see Answers.")
    lines += [slow_text(case) for case in comparison.with_verdict("regressed")]
    counts = [
        f"{len(found)} {verdict}"
        for verdict in ("regressed", "improved", "equivalent", "inconclusive")
        if (found := comparison.with_verdict(verdict))
    ]
    counted = ", ".join(counts) or "nothing could be compared"
    lines.append(f"Speed of {_cases(len(comparison.compared))}: {counted}.")
    if not comparison.same_machine:
        lines.append("The two were measured on different machines: the times say little.")
    return [*lines, *comparison.notes]


def slow_text(case: CaseComparison) -> str:
    """Return a sentence about the change of a case's speed."""
    assert case.ratio is not None
    change = case.ratio.point - 1
    direction = "slower" if change > 0 else "faster"
    return (
        f"{case.case.id} is {units.percent(abs(change))} {direction} "
        f"({change_text(case)}; {units.percent(case.max_slowdown)} is let pass)."
    )


def change_text(case: CaseComparison) -> str:
    """Return the change of the median with its interval: ``+5.2% [+4.1%, +6.3%]``."""
    if case.ratio is None:
        return units.MISSING
    point, low, high = (
        units.percent(value - 1, signed=True)
        for value in (case.ratio.point, case.ratio.low, case.ratio.high)
    )
    return f"{point} [{low}, {high}]"


def answer_table(comparison: Comparison) -> Table:
    """Return what changed in the answers, the worse first."""
    rows = [
        (f"`{case.case.id}`", kind, text)
        for kind, attribute in (("worse", "lost"), ("better", "gained"))
        for case in comparison.cases
        for text in getattr(case, attribute)
    ]
    rows += [
        (f"`{case.case.id}`", "as before", f"is {case.head_status.replace('_', ' ')} on both sides")
        for case in comparison.broken
        if not case.lost
    ]
    return Table("Answers", (("Case", "left"), ("Change", "left"), ("What", "left")), rows)


def speed_table(comparison: Comparison) -> Table:
    """Return the change of every case's speed, the slower first."""
    columns: list[tuple[str, Align]] = [
        ("Case", "left"),
        ("Verdict", "left"),
        ("Base (ms)", "right"),
        ("Head (ms)", "right"),
        ("Change", "right"),
        ("Processes", "right"),
        ("q", "right"),
        ("Could see", "right"),
    ]
    cases = sorted(comparison.cases, key=lambda case: ORDER.index(case.verdict))
    notes = [
        "Change: head's median over base's, with its 95% interval over processes. q: share of "
        "false alarms among the verdicts up to this one. Could see: the slow-down that would have "
        "been seen 4 times in 5.",
        *(f"`{case.case.id}`: {case.reason}" for case in cases if case.reason),
    ]
    return Table("Speed", columns, [_speed_row(case) for case in cases], notes)


def _speed_row(case: CaseComparison) -> Sequence[str]:
    verdict = case.verdict or "not compared"
    q_value = units.MISSING if case.q_value is None else units.error(case.q_value)
    return (
        f"`{case.case.id}`",
        f"**{verdict}**" if verdict == "regressed" else verdict,
        units.milliseconds(case.base_median_s),
        units.milliseconds(case.head_median_s),
        change_text(case),
        f"{case.base_processes} + {case.head_processes}" if case.ratio else units.MISSING,
        q_value,
        units.percent(case.smallest_effect),
    )


def one_sided_table(comparison: Comparison) -> Table:
    """Return the cases that only one side has."""
    rows = [(f"`{case_id}`", "base only") for case_id in comparison.missing]
    rows += [(f"`{case_id}`", "head only") for case_id in comparison.new]
    return Table("Cases on one side", (("Case", "left"), ("Where", "left")), rows)


def environment_table(comparison: Comparison) -> Table:
    """Return what differs between the environments and settings."""
    rows = [
        (change.name, change.base or units.MISSING, change.head or units.MISSING)
        for change in comparison.environment_changes
    ]
    columns: list[tuple[str, Align]] = [("Fact", "left"), ("Base", "left"), ("Head", "left")]
    return Table("Differences between the environments", columns, rows)


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"
