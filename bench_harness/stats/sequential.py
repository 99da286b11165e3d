"""When a comparison that can still measure more may stop, and what it then says.

Two stages. In the first, every case is looked at after some processes, and again after more as
long as it is open. A case that looks slower is suspected, no more: among many cases and several
looks some always do. In the second stage each suspect is measured in fresh processes, of which
nothing was known when it was chosen, and these alone decide. Their share of false alarms,
`Plan.false_alarms`, is split over all suspects and looks, so it holds for the gate as a whole
(Bonferroni), however many cases there are and however often the first stage looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bench_harness.stats.bootstrap import Ratio, Samples, ratio_of_medians
from bench_harness.stats.estimates import CONFIDENCE

State = Literal["open", "settled", "slower"]
"""``slower`` is a suspect in the first stage and a regression in the second."""


@dataclass(frozen=True)
class Plan:
    """How much is measured, and how sure a regression must be.

    Parameters
    ----------
    looks : sequence of int
        Processes a side after which a case is looked at.
    confirmations : sequence of int
        The same for the fresh processes of a suspect.
    false_alarms : float
        Share of runs that may go red though nothing changed.
    """

    looks: Sequence[int] = (4, 7, 12)
    confirmations: Sequence[int] = (7, 14)
    false_alarms: float = 0.01

    def confidence(self, suspects: int) -> float:
        """Return the confidence of the intervals that confirm, one-sided errors being split."""
        return 1 - 2 * self.false_alarms / (max(1, suspects) * len(self.confirmations))


def look(
    base: Samples,
    head: Samples,
    max_slowdown: float,
    *,
    last: bool,
    confidence: float = CONFIDENCE,
) -> State:
    """Return what is to be done about a case.

    Parameters
    ----------
    base, head : sequence of sequences of float
        Seconds, one inner sequence for each process of this stage.
    max_slowdown : float
        Share of its time that the case may become slower by.
    last : bool
        No more processes are to be had.
    confidence : float
        Of the interval that must exclude "no change" for a case to be slower.
    """
    return decide(ratio_of_medians(base, head, confidence), ratio_limit=1 + max_slowdown, last=last)


def decide(ratio: Ratio, ratio_limit: float, *, last: bool) -> State:
    """Return the state that a ratio puts a case in."""
    estimate = ratio.estimate
    if ratio.freedom and estimate.point > ratio_limit and estimate.low > 1:
        return "slower"
    if last or estimate.high < ratio_limit:
        return "settled"
    return "open"
