"""Two records -> what changed: the answers first, then the speed, case by case.

A comparison is a record itself (`comparison.Comparison`): `cli` prints it, reports and exporters
read it, and `gate` makes one of the same kind from processes it ran for the purpose.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench_harness.comparison import (
    CaseComparison,
    ComparedSide,
    Comparison,
    EnvironmentChange,
    RatioEstimate,
    Verdict,
)
from bench_harness.environment import fingerprint
from bench_harness.errors import ConfigurationError
from bench_harness.facts import facts
from bench_harness.model import (
    BROKEN,
    FLOAT64_ROUNDING,
    NOT_RUN,
    CaseResult,
    RunRecord,
    Status,
    matches,
)
from bench_harness.stats.bootstrap import Ratio, ratio_of_medians
from bench_harness.stats.discovery import false_discovery_rates
from bench_harness.stats.estimates import median
from bench_harness.summary import every_sample_of

MAX_FALSE_DISCOVERIES = 0.05
"""Share of verdicts `regressed` and `improved` that may be chance."""

NOTABLE_GROWTH = 10.0
"""An error that grew by this factor is a digit lost, and is told."""

ROUNDING = {"float64": FLOAT64_ROUNDING, "float32": 2.0**-24}
FEW_ROUNDINGS = 16
"""Errors below so many roundings are as good as none: a sum in another order moves them."""

EXPECTED_TO_DIFFER = ("started_at", "source.", "config.processes")
"""Facts that are left out of the differences: what is compared is two states of the source."""


@dataclass(frozen=True)
class Limits:
    """What a change may cost.

    Parameters
    ----------
    max_slowdown : float
        Share of its time that a case may become slower by: 0.05 for 5 %.
    exceptions : tuple of (selector, share)
        For the cases that a selector matches, instead; the last match counts.
    max_error_growth : float, optional
        Factor that a case's error may grow by; without it any error within the budget passes.
    """

    max_slowdown: float
    exceptions: tuple[tuple[str, float], ...] = ()
    max_error_growth: float | None = None

    def slowdown_of(self, case_id: str) -> float:
        """Return the share of its time that a case may become slower by."""
        found = [share for selector, share in self.exceptions if matches(case_id, selector)]
        return found[-1] if found else self.max_slowdown


def parse_limits(
    slowdowns: Iterable[str], default: float, max_error_growth: float | None
) -> Limits:
    """Parse ``--max-slowdown`` texts: ``5%`` for all, ``'md/*=10%'`` for some.

    Raises
    ------
    ConfigurationError
        For a text that is neither, or a share that is not between 0 and 1000 %.
    """
    exceptions = []
    for text in slowdowns:
        selector, _, share = text.rpartition("=")
        match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)%", share.strip())
        if match is None or not 0 < float(match[1]) <= 1000 or (selector == "" and "=" in text):
            raise ConfigurationError(
                f"--max-slowdown {text!r} is neither a percentage above 0, such as 5%, nor one "
                "for some cases, such as 'md/*=10%'."
            )
        value = float(match[1]) / 100
        if selector:
            exceptions.append((selector, value))
        else:
            default = value
    return Limits(default, tuple(exceptions), max_error_growth)


def compare(
    base: RunRecord,
    head: RunRecord,
    limits: Limits,
    names: tuple[str, str] = ("base", "head"),
    *,
    allow_different_machines: bool = False,
) -> Comparison:
    """Compare two records.

    Parameters
    ----------
    base, head : RunRecord
    limits : Limits
    names : tuple of str
        What the two are called: their files.
    allow_different_machines : bool

    Raises
    ------
    ConfigurationError
        If the records come from different machines, unless that is allowed.
    """
    same_machine = _check_machines(base, head, names, allow_different_machines)
    first = {result.case.id: result for result in base.results}
    second = {result.case.id: result for result in head.results}
    pairs = [(first[case_id], second[case_id]) for case_id in first if case_id in second]
    verified = base.imported_from is None and head.imported_from is None
    return Comparison(
        kind="compare",
        base=_side(base, names[0]),
        head=_side(head, names[1]),
        cases=[
            *judged([(compare_answers(*pair, limits, verified), *pair) for pair in pairs]),
            *(broken_new(first, second, limits) if verified else ()),
        ],
        missing=[case_id for case_id in first if case_id not in second],
        new=[case_id for case_id in second if case_id not in first],
        same_machine=same_machine,
        environment_changes=environment_changes(base, head),
    )


def _side(record: RunRecord, name: str) -> ComparedSide:
    source = record.environment.source
    commit = None if source is None else source.commit + ("+" if source.dirty else "")
    return ComparedSide(name=name, commit=commit, started_at=record.started_at)


def _check_machines(
    base: RunRecord, head: RunRecord, names: tuple[str, str], allowed: bool
) -> bool:
    """Return whether both come from one machine; raises if not and that is not allowed."""
    first, second = fingerprint(base.environment), fingerprint(head.environment)
    changes = [
        f"{name} is {first[name]!r} and {second[name]!r}"
        for name in first
        if first[name] != second[name]
    ]
    if changes and not allowed:
        raise ConfigurationError(
            f"{names[0]} and {names[1]} were measured on different machines ({'; '.join(changes)})"
            ", so a difference in time says nothing of the code. Measure both on one machine, or "
            "compare all the same with --allow-different-machines."
        )
    return not changes


def environment_changes(base: RunRecord, head: RunRecord) -> list[EnvironmentChange]:
    """Return what differs between environments and settings, but for what is to differ."""
    first, second = facts(base), facts(head)
    return [
        EnvironmentChange(name=name, base=first.get(name), head=second.get(name))
        for name in dict.fromkeys((*first, *second))
        if first.get(name) != second.get(name) and not _may_differ(name, first, second)
    ]


def _may_differ(name: str, first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    """Tell whether a difference says nothing; a backend is described only where it was run."""
    if name.startswith("backends."):
        return not (name.endswith(".version") and name in first and name in second)
    return name.startswith(EXPECTED_TO_DIFFER)


# -- answers -----------------------------------------------------------------------------------


def compare_answers(
    base: CaseResult, head: CaseResult, limits: Limits, verified: bool = True
) -> CaseComparison:
    """Return what changed in the answers of a case; its speed is not looked at.

    Parameters
    ----------
    base, head : CaseResult
    limits : Limits
    verified : bool
        False for times that come from a tool which verifies nothing: they are compared unverified.
    """
    lost: list[str] = []
    gained: list[str] = []
    if base.status != head.status:
        reason = f": {head.reason}" if head.reason else ""
        sentence = f"was {_words(base.status)}, is {_words(head.status)}{reason}"
        (gained if _rank(head.status) < _rank(base.status) else lost).append(sentence)
    growth = _error_growth(base, head)
    if growth is not None and not 1 / NOTABLE_GROWTH < growth < NOTABLE_GROWTH:
        before, after = _error(base), _error(head)
        assert before is not None
        assert after is not None
        against = "the truth" if _judged_by_truth(base, head) else "the reference"
        sentence = f"error against {against} {before:.1e}, now {after:.1e}"
        used = head.verification and head.verification.budget_used
        if used is not None:
            sentence += f" ({used:.1%} of the budget)"
        (lost if growth > 1 else gained).append(sentence)
    return CaseComparison(
        case=head.case,
        base_status=base.status,
        head_status=head.status,
        lost=lost,
        gained=gained,
        verified=verified,
        reason=_why_not_timed(base, head, verified),
        error_growth=growth,
        max_slowdown=limits.slowdown_of(head.case.id),
        max_error_growth=limits.max_error_growth,
    )


def broken_new(
    base: Mapping[str, CaseResult], head: Mapping[str, CaseResult], limits: Limits
) -> list[CaseComparison]:
    """Return the cases that only head has, and gets wrong: being new excuses no wrong answer."""
    return [
        CaseComparison(
            case=result.case,
            base_status="unsupported",
            head_status=result.status,
            lost=[f"is new, and {_words(result.status)}: {result.reason or 'no reason is known'}"],
            reason="only head has it",
            max_slowdown=limits.slowdown_of(case_id),
            max_error_growth=limits.max_error_growth,
        )
        for case_id, result in head.items()
        if case_id not in base and result.status in BROKEN
    ]


def _words(status: Status) -> str:
    return status.replace("_", " ")


def _rank(status: Status) -> int:
    return 0 if status == "ok" else 1 if status in NOT_RUN else 2


def _judged_by_truth(*results: CaseResult) -> bool:
    return all(r.verification is not None and r.verification.truth for r in results)


def _error_growth(base: CaseResult, head: CaseResult) -> float | None:
    """Return by what factor the error grew, errors of a few roundings being as good as none."""
    before, after = _error(base), _error(head)
    if before is None or after is None or base.status != "ok" or head.status != "ok":
        return None
    floor = FEW_ROUNDINGS * ROUNDING.get(head.case.dtype, FLOAT64_ROUNDING)
    return max(after, floor) / max(before, floor)


def _error(result: CaseResult) -> float | None:
    """Return the largest relative error: against the truth if it is known, or the reference."""
    verification = result.verification
    if verification is None:
        return None
    truth = [o.max_rel_err for o in verification.truth if o.max_rel_err is not None]
    return max(truth) if truth else verification.max_rel_err


def _why_not_timed(base: CaseResult, head: CaseResult, verified: bool) -> str | None:
    """Return why the speed of a case is not compared; None if it is."""
    for name, result in (("base", base), ("head", head)):
        accepted = result.status == "ok" or (result.status == "unchecked" and not verified)
        if not (accepted and result.measurements):
            return f"{name} is {_words(result.status)}"
    if base.case.params != head.case.params:
        return "the parameters differ: not the same work"
    digests = [{m.inputs_digest for m in r.measurements} - {None} for r in (base, head)]
    if all(digests) and digests[0] != digests[1]:
        return "the inputs differ: not the same work"
    if any(time <= 0 for r in (base, head) for times in every_sample_of(r) for time in times):
        return "a time is zero: too short for the clock"
    return None


# -- speed -------------------------------------------------------------------------------------


def judged(
    cases: Sequence[tuple[CaseComparison, CaseResult, CaseResult]],
) -> list[CaseComparison]:
    """Add ratio and verdict to the cases whose speed can be compared.

    The false discovery rate is controlled over all of them.
    """
    ratios = {
        i: ratio_of_medians(every_sample_of(base), every_sample_of(head))
        for i, (case, base, head) in enumerate(cases)
        if case.reason is None
    }
    p_values = {i: ratio.p_value for i, ratio in ratios.items() if ratio.p_value is not None}
    q_values = dict(zip(p_values, false_discovery_rates([*p_values.values()]), strict=True))
    return [
        _with_speed(case, base, head, ratios[i], q_values.get(i)) if i in ratios else case
        for i, (case, base, head) in enumerate(cases)
    ]


def _with_speed(
    case: CaseComparison, base: CaseResult, head: CaseResult, ratio: Ratio, q_value: float | None
) -> CaseComparison:
    return case.model_copy(
        update={
            "verdict": verdict(ratio, q_value, case.max_slowdown),
            "ratio": RatioEstimate(**dataclasses.asdict(ratio.estimate)),
            "base_median_s": median(every_sample_of(base)),
            "head_median_s": median(every_sample_of(head)),
            "base_processes": len(base.measurements),
            "head_processes": len(head.measurements),
            "p_value": ratio.p_value,
            "q_value": q_value,
            "smallest_effect": ratio.smallest_effect(),
        }
    )


def verdict(ratio: Ratio, q_value: float | None, max_slowdown: float) -> Verdict:
    """Return what a ratio says of a case, given what is let pass."""
    estimate, limit = ratio.estimate, 1 + max_slowdown
    if q_value is None:  # one process on a side: no telling
        return "inconclusive"
    if q_value <= MAX_FALSE_DISCOVERIES and estimate.point > limit:
        return "regressed"
    if q_value <= MAX_FALSE_DISCOVERIES and estimate.point < 1 / limit:
        return "improved"
    if 1 / limit < estimate.low and estimate.high < limit:
        return "equivalent"
    return "inconclusive"
