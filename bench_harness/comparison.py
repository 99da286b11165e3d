"""The record of what two sides differ in: what `compare` and `gate` find, and exporters read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bench_harness.model import BROKEN, NOT_RUN, Case, Count, Number, Record, Seconds, Status

Verdict = Literal["regressed", "improved", "equivalent", "inconclusive"]
"""What is known of a case's speed; `docs/gate.md` defines each."""


class RatioEstimate(Record):
    """Head's median time over base's, with its interval: above 1 where head is slower."""

    point: Number
    low: Number
    high: Number
    confidence: Number


class CaseComparison(Record):
    """One case on two sides: what changed in its answers, then in its speed."""

    case: Case
    base_status: Status
    head_status: Status
    verified: bool = True
    """False for times imported from a tool that verifies nothing."""
    lost: list[str] = Field(default_factory=list)
    """What is worse about the answers of head: a status, digits, an error that grew."""
    gained: list[str] = Field(default_factory=list)
    """What is better about them."""
    changed_answers: bool = False
    """Of a gate: base's budget does not accept what head's reference gives, and nobody said that
    it need not."""
    verdict: Verdict | None = None
    """None where speed was not compared: `reason` says why."""
    reason: str | None = None
    ratio: RatioEstimate | None = None
    base_median_s: Seconds | None = None
    """Median over processes of each one's median; of a gate, of each one's fastest run."""
    head_median_s: Seconds | None = None
    base_processes: Count = 0
    head_processes: Count = 0
    p_value: Number | None = None
    """Probability of such a ratio by chance; of a gate, that of the first stage."""
    q_value: Number | None = None
    """The p-value after control of the false discovery rate over all cases."""
    smallest_effect: Number | None = None
    """Slow-down that would have been seen 4 times in 5: 0.05 means 5 %."""
    max_slowdown: Number
    """Slow-down that is let pass."""
    max_error_growth: Number | None = None
    """Factor that an error may grow by; None if any within the budget."""
    error_growth: Number | None = None
    """Error of head over that of base, both at least some rounding errors."""
    discarded: Count = 0
    """Processes of a gate's last stage that ran on a slowed core and were not used."""

    @property
    def broken(self) -> bool:
        """True if head gets the case wrong, or cannot run it where base could."""
        cannot = self.head_status in NOT_RUN and self.base_status not in NOT_RUN
        wrong = self.head_status in BROKEN or self.changed_answers
        return self.verified and (wrong or cannot)

    @property
    def error_grew(self) -> bool:
        """True if the error grew by more than is allowed."""
        growth, limit = self.error_growth, self.max_error_growth
        return growth is not None and limit is not None and growth > limit


class ComparedSide(Record):
    """What one side of a comparison is."""

    name: str
    """The file, or the revision as it was given."""
    commit: str | None = None
    started_at: str | None = None


class EnvironmentChange(Record):
    """One thing that differs between the environments of two sides; None where it is missing."""

    name: str
    base: str | None
    head: str | None


class Comparison(Record):
    """Two sides, case by case."""

    kind: Literal["compare", "gate"]
    base: ComparedSide
    head: ComparedSide
    cases: list[CaseComparison]
    """Cases that both sides have."""
    missing: list[str] = Field(default_factory=list)
    """Ids of cases that only base has."""
    new: list[str] = Field(default_factory=list)
    """Ids of cases that only head has."""
    same_machine: bool = True
    environment_changes: list[EnvironmentChange] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What a reader must know: a tree with changes, a time limit that was reached."""
    duration_s: Seconds | None = None
    """Of a gate."""

    def with_verdict(self, verdict: Verdict) -> list[CaseComparison]:
        """Return the cases of one verdict."""
        return [case for case in self.cases if case.verdict == verdict]

    @property
    def broken(self) -> list[CaseComparison]:
        """Return the cases that head gets wrong, or cannot run where base could."""
        return [case for case in self.cases if case.broken]

    @property
    def regressions(self) -> list[CaseComparison]:
        """Return the cases that are slower, or less accurate, by more than is allowed."""
        return [case for case in self.cases if case.verdict == "regressed" or case.error_grew]

    @property
    def compared(self) -> list[CaseComparison]:
        """Return the cases whose speed was compared."""
        return [case for case in self.cases if case.verdict is not None]
