"""A few sentences that the numbers support: what a reader would otherwise work out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import BROKEN, NOT_RUN, CaseResult, RunRecord
from bench_harness.report.table import backend_cell, by_group
from bench_harness.stats.estimates import median
from bench_harness.summary import paid_back_after, samples_of, speedup


def findings(record: RunRecord) -> list[str]:
    """Return the findings of a record, the most important first."""
    lines = [_verdict(record)]
    lines += [sentence for group in by_group(record.results) if (sentence := _winner(group))]
    return lines


def _verdict(record: RunRecord) -> str:
    count = Counter(result.status for result in record.results)
    ran = sum(number for status, number in count.items() if status not in NOT_RUN)
    broken = [result for result in record.results if result.status in BROKEN]
    if not ran:
        return "Nothing was measured."
    if broken:
        named = ", ".join(f"`{result.case.id}` ({result.status})" for result in broken[:5])
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        return f"{len(broken)} of {ran} cases cannot be trusted: {named}{more}."
    worst = [
        (result.verification.budget_used, result)
        for result in record.results
        if result.verification is not None and result.verification.budget_used is not None
    ]
    if not worst:
        return f"All {ran} measured cases agree with their reference."
    used, result = max(worst, key=lambda pair: pair[0] or 0.0)
    return (
        f"All {ran} measured cases agree with their reference; the closest to its error budget "
        f"is `{result.case.id}`, at {used:.1%} of it."
    )


def _winner(group: Sequence[CaseResult]) -> str | None:
    """Say which backend is fastest in a group, by how much, and from how many calls on."""
    ok = [result for result in group if result.status == "ok" and result.measurements]
    reference = next((result for result in ok if result.case.label == REFERENCE), None)
    if reference is None or len(ok) < 2:
        return None
    best = min(ok, key=lambda result: median(samples_of(result)))
    where = f"`{best.case.group_id}` ({best.case.dtype})"
    gain = speedup(best, reference)
    if gain is None or gain <= 1:
        return f"{where}: `numpy` is the fastest."
    calls = paid_back_after(best, reference)
    sentence = f"{where}: {backend_cell(best.case)} is the fastest, {units.ratio(gain)} `numpy`"
    if calls is None:  # a first call is unknown
        return f"{sentence}."
    paid = "at once" if calls == 1 else f"after {calls} calls"
    return f"{sentence}; its first call is paid back {paid}."
