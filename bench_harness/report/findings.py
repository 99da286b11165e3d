"""A few sentences that the numbers support: what a reader would otherwise work out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import BROKEN, FLOAT64_ROUNDING, NOT_RUN, CaseResult, RunRecord
from bench_harness.report.leaders import Leader, Standings, standings
from bench_harness.report.table import column_of
from bench_harness.stats.estimates import median
from bench_harness.summary import reference_key, references, settled, speedup

COMPILED = ("numba", "jax")
"""Backends whose every implementation is compiled; of others the variant ``compile`` is."""
SLOWER = 0.95
"""Speedups from here on read as 1.0x: what is slower by less is not called slower."""


def findings(record: RunRecord, found: Standings | None = None) -> list[str]:
    """Return the findings of a record, the most important first.

    `found` are its `standings`, where the caller has them.
    """
    found = found or standings(record)
    lines = [_verdict(record.results)]
    lines += _agreement(record.results)
    lines += _leads(found.leaders, found.undecided)
    known = references(record.results)
    gains = [
        (result, gain)
        for result in record.results
        if result.case.label != REFERENCE
        and settled(result)
        and (gain := speedup(result, known.get(reference_key(result)))) is not None
    ]
    lines += _losses(gains)
    lines += _always_slower(gains)
    doubtful = sum(bool(result.warnings) for result in record.results)
    if doubtful:
        cases = "1 case carries" if doubtful == 1 else f"{doubtful} cases carry"
        lines.append(f"{cases} a warning about the measurement; remedies are under Warnings.")
    return lines


def _verdict(results: Sequence[CaseResult]) -> str:
    count = Counter(result.status for result in results)
    ran = sum(number for status, number in count.items() if status not in NOT_RUN)
    broken = [result for result in results if result.status in BROKEN]
    if not ran:
        return "Nothing was measured."
    if broken:
        named = ", ".join(f"`{result.case.id}` ({result.status})" for result in broken[:5])
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        return f"{len(broken)} of {ran} cases cannot be trusted: {named}{more}."
    worst = [
        (result.verification.budget_used, result)
        for result in results
        if result.verification is not None and result.verification.budget_used is not None
    ]
    if not worst:
        return f"All {ran} measured cases agree with their reference."
    used, result = max(worst, key=lambda pair: pair[0] or 0.0)
    return (
        f"All {ran} measured cases agree with their reference; the closest to its error budget "
        f"is `{result.case.id}`, at {used:.1%} of it."
    )


def _agreement(results: Sequence[CaseResult]) -> list[str]:
    """Say to how many digits verified cases agree with the reference, for each dtype."""
    compared: dict[str, list[tuple[float, CaseResult]]] = {}
    for result in results:
        if result.status != "ok" or result.case.label == REFERENCE or result.verification is None:
            continue
        found = result.verification.max_rel_err
        if found is not None:
            digits = -math.log10(min(1.0, max(found, FLOAT64_ROUNDING)))
            compared.setdefault(result.case.dtype, []).append((digits, result))
    lines = []
    for dtype, pairs in compared.items():
        least, worst = min(pairs, key=lambda pair: pair[0])
        typical = sorted(digits for digits, _ in pairs)[len(pairs) // 2]
        lines.append(
            f"In {dtype}, the verified cases that are compared entry by entry ({len(pairs)}) "
            f"agree with `{REFERENCE}` to {least:.1f} digits or more, half of them to "
            f"{typical:.1f}; the fewest are those of `{worst.case.id}`."
        )
    return lines


def _leads(found: Sequence[Leader], open_suites: Sequence[str]) -> list[str]:
    """Say for each suite which backends lead, by what factor, and when that has paid back.

    `open_suites` has the suite of each group in which nobody leads.
    """
    lines = []
    for suite in dict.fromkeys([*(leader.result.case.suite for leader in found), *open_suites]):
        here = [leader for leader in found if leader.result.case.suite == suite]
        total = len(here) + open_suites.count(suite)
        by_backend: dict[str, list[Leader]] = {}
        for leader in here:
            by_backend.setdefault(column_of(leader.result.case), []).append(leader)
        parts = []
        for backend, led in sorted(by_backend.items(), key=lambda item: -len(item[1])):
            share = f"all {total}" if len(led) == total else f"{len(led)} of {total}"
            share = "the only one" if total == 1 else share
            parts.append(f"{backend} in {share}{_by_how_much(led)}")
        if total > len(here):
            share = "the only one" if total == 1 else f"{total - len(here)} of {total}"
            parts.append(f"open in {share}, where times never settled")
        lines.append(f"`{suite}`: fastest is {'; '.join(parts)}.")
    return lines


def _by_how_much(led: Sequence[Leader]) -> str:
    gains = [bound for leader in led for bound in leader.gain or ()]
    if led[0].result.case.label == REFERENCE or not gains:
        return ""
    calls = [leader.paid_back_after for leader in led if leader.paid_back_after is not None]
    paid = ""
    if calls:
        first, last = min(calls), max(calls)
        span = f"after {last}" if first == last else f"after {first} to {last}"
        span = "at once" if last == 1 else f"{span} calls"
        paid = f", once the first call is paid back, {span}"
    return f" ({units.ratio_range((min(gains), max(gains)))} `{REFERENCE}`{paid})"


def _losses(gains: Iterable[tuple[CaseResult, float]]) -> list[str]:
    """Say where compiled code is slower than the reference."""
    compiled: dict[str, list[tuple[float, CaseResult]]] = {}
    for result, gain in gains:
        if result.case.backend in COMPILED or result.case.variant == "compile":
            compiled.setdefault(column_of(result.case), []).append((gain, result))
    losses = {
        backend: sorted((pair for pair in pairs if pair[0] < SLOWER), key=lambda pair: pair[0])
        for backend, pairs in compiled.items()
    }
    total, lost = sum(map(len, compiled.values())), sum(map(len, losses.values()))
    if not total:
        return []
    if not lost:
        every = "the only case" if total == 1 else f"all {total} cases"
        return [f"Compiled code is as fast as `{REFERENCE}`, within 5%, or faster in {every}."]
    parts = [
        f"{backend} in {len(pairs)} of {len(compiled[backend])} "
        f"(down to {units.ratio(pairs[0][0])} in `{pairs[0][1].case.group_id}`)"
        for backend, pairs in losses.items()
        if pairs
    ]
    return [
        f"Compiled code is slower than `{REFERENCE}` by more than 5%, even without its first call, "
        f"in {lost} of {total} cases: {'; '.join(parts)}."
    ]


def _always_slower(gains: Iterable[tuple[CaseResult, float]]) -> list[str]:
    """Name the backends that are slower than the reference in every case."""
    by_backend: dict[str, list[float]] = {}
    for result, gain in gains:
        by_backend.setdefault(column_of(result.case), []).append(gain)
    parts = [
        f"{backend} ({len(ratios)} cases, {units.ratio(median([ratios]))} at the median)"
        for backend, ratios in by_backend.items()
        if len(ratios) > 1 and max(ratios) < SLOWER
    ]
    return [f"Slower than `{REFERENCE}` in every case: {', '.join(parts)}."] if parts else []
