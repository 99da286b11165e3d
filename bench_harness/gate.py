"""Two revisions, measured at the same time: is one slower, or wrong?

Both sides of every case run in fresh processes, one beside the other, in an order that is random
and balanced. What a slow minute of the machine does to one side it does to the other. When to
stop, and what is a regression, is decided in `stats.sequential`.

The time of a process is that of its fastest run. Neighbours only ever slow a run down, and on a
shared machine a quarter of the runs and more are slowed; the fastest of hundreds seldom is. What
the code itself does in every run is in the fastest too. Over processes the median is taken, since
memory layouts make a process faster as well as slower.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench_harness.compare import (
    Limits,
    broken_new,
    compare_answers,
    environment_changes,
    judged,
)
from bench_harness.comparison import CaseComparison, ComparedSide, Comparison
from bench_harness.measure.replies import merge
from bench_harness.measure.runner import Runner
from bench_harness.measure.scratch import OutputFiles, Scratch
from bench_harness.model import CaseResult, Measurement
from bench_harness.plan import Group
from bench_harness.revisions import Revision
from bench_harness.stats.pace import choose, usual_pace
from bench_harness.stats.sequential import Plan, State, look
from bench_harness.store import Journal

MAX_EXTRA = 1.5
"""Share of processes that are measured on top where some ran on a slowed core.

Enough for a core that is slowed for three fifths of the time. With less, what is missing is made
up from slowed processes, and among them a slow-down drowns."""


@dataclass
class Side:
    """One revision with what runs it.

    Parameters
    ----------
    revision : Revision
    runner : Runner
        With workers of the revision's own interpreter, variables and cache.
    groups : sequence of Group
        Its plan.
    folder : Path
        Private, for outputs.
    journal : Journal
        Of its record, started.
    """

    revision: Revision
    runner: Runner
    groups: Sequence[Group]
    folder: Path
    journal: Journal
    results: dict[str, CaseResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cases = {planned.case.id: planned for group in self.groups for planned in group.cases}
        self.group_of = {planned.case.id: group for group in self.groups for planned in group.cases}
        self.scratches: dict[int, Scratch] = {}
        for number, group in enumerate(self.groups):
            folder = self.folder / str(number)
            folder.mkdir(parents=True)
            self.scratches[id(group)] = Scratch(folder)
        for case_id, planned in self.cases.items():
            if not planned.runs:
                assert planned.status is not None
                self.results[case_id] = CaseResult(
                    case=planned.case, status=planned.status, reason=planned.reason
                )

    def scratch_of(self, case_id: str) -> Scratch:
        """Return the files of a case's group."""
        return self.scratches[id(self.group_of[case_id])]

    def measure(self, case_id: str) -> CaseResult:
        """Measure a case in one more process."""
        scratch = self.scratch_of(case_id)
        if scratch.reference is None and scratch.reference_problem is None:
            group = self.group_of[case_id]
            if group.reference is None or group.reference.case.id != case_id:
                self.runner.compute_reference(group, scratch)
        return self.runner.measure(self.cases[case_id], scratch)


@dataclass
class Contest:
    """One case on both sides, and how far it has come."""

    case_id: str
    max_slowdown: float
    state: State = "open"
    processes: int = 0
    """Undisturbed processes a side that this stage is to have by now."""
    measured: tuple[list[Measurement], list[Measurement]] = field(default_factory=lambda: ([], []))
    """Of this stage: base, head."""

    @property
    def used(self) -> tuple[list[Measurement], list[Measurement]]:
        """Those that ran at the usual pace of the core.

        Both sides are held to the same pace, and it is that of a loop which is no part of the
        case, so that what is left out does not depend on how fast a side is.
        """
        base, head = self.measured
        probes = [m.probe_s for m in (*base, *head) if m.probe_s is not None]
        usual = usual_pace(probes) if len(probes) > 1 else 0.0
        first, second = (
            [side[i] for i in choose([m.probe_s for m in side], usual, self.processes)]
            for side in self.measured
        )
        return first, second

    @property
    def samples(self) -> tuple[list[list[float]], list[list[float]]]:
        """Seconds of the processes in use, one inner list for each: base, head."""
        base, head = ([m.times_s for m in fastest(side)] for side in self.used)
        return base, head

    @property
    def wants_more(self) -> bool:
        """True if too few processes were undisturbed, and more may be measured."""
        pairs = len(self.measured[0])
        if pairs < self.processes:
            return True
        probes = [m.probe_s for side in self.measured for m in side if m.probe_s is not None]
        if pairs >= self.processes * (1 + MAX_EXTRA) or len(probes) < 2:
            return False
        usual = usual_pace(probes)
        return any(
            len(choose([m.probe_s for m in side], usual, 0)) < self.processes
            for side in self.measured
        )

    def look(self, *, last: bool, confidence: float | None = None) -> None:
        """Decide again, with all processes of this stage."""
        base, head = self.samples
        given = {} if confidence is None else {"confidence": confidence}
        self.state = look(base, head, self.max_slowdown, last=last, **given)

    def start_afresh(self) -> None:
        """Forget this stage: what confirms must not be what raised the suspicion."""
        self.measured, self.state = ([], []), "open"


def fastest(measurements: Sequence[Measurement]) -> list[Measurement]:
    """Return measurements with their fastest run only."""
    return [m.model_copy(update={"times_s": [min(m.times_s)]}) for m in measurements]


class Listener(Protocol):
    """What a progress display is told."""

    def stage_started(self, name: str, cases: int) -> None: ...

    def process_finished(self, case_id: str, side: str, result: CaseResult) -> None: ...

    def case_decided(self, contest: Contest) -> None: ...


@dataclass
class Gate:
    """Runs two sides against one another.

    Parameters
    ----------
    base, head : Side
    limits : Limits
    plan : Plan
    listener : Listener
    accept_changed_answers : bool
        Head's references may give other answers than base's.
    seed : int
        Of the order of processes.
    clock : callable
        Seconds.
    """

    base: Side
    head: Side
    limits: Limits
    plan: Plan
    listener: Listener
    accept_changed_answers: bool = False
    seed: int = 0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._order = random.Random(self.seed)
        self._started = self.clock()
        common = [case_id for case_id in self.base.cases if case_id in self.head.cases]
        runs = [i for i in common if self.base.cases[i].runs and self.head.cases[i].runs]
        self.contests = [Contest(i, self.limits.slowdown_of(i)) for i in runs]
        self._suspects: list[Contest] = []
        self._is_first: dict[str, bool] = {}
        self._changed: dict[str, str] = {}

    def run(self) -> Comparison:
        """Measure until every case is decided; returns what was found."""
        for side, other in ((self.base, self.head), (self.head, self.base)):
            for case_id, planned in side.cases.items():
                # What only one side can run is run there once: an answer, and no race.
                if planned.runs and not (case_id in other.cases and other.cases[case_id].runs):
                    self._measure_once(side, case_id)
        self._round(self.contests)
        self._compare_references()
        racing = [c for c in self.contests if not self._has_changed(c.case_id)]
        self._stage("first look", racing, self.plan.looks)
        self._suspects = [c for c in self.contests if c.state == "slower" and self._is_ok(c)]
        for contest in self._suspects:
            contest.start_afresh()
        confidence = self.plan.confidence(len(self._suspects))
        self._stage("confirmation", self._suspects, self.plan.confirmations, confidence)
        return self.comparison()

    # -- measuring -------------------------------------------------------------------------

    def _stage(
        self,
        name: str,
        contests: Sequence[Contest],
        looks: Sequence[int],
        confidence: float | None = None,
    ) -> None:
        if contests:
            self.listener.stage_started(name, len(contests))
        still_open = list(contests)
        for number, processes in enumerate(looks):
            for contest in still_open:
                contest.processes = processes
            while wanting := [c for c in still_open if self._is_ok(c) and c.wants_more]:
                self._round(wanting)
            for contest in still_open:
                if self._is_ok(contest):
                    contest.look(last=number == len(looks) - 1, confidence=confidence)
                else:
                    contest.state = "settled"
                if contest.state != "open":
                    self.listener.case_decided(contest)
            still_open = [contest for contest in still_open if contest.state == "open"]

    def _round(self, contests: Iterable[Contest]) -> None:
        """Measure one process more on both sides of every case, in random order.

        The side that comes first changes from round to round, so that neither is favoured by
        coming after the other.
        """
        shuffled = list(contests)
        self._order.shuffle(shuffled)
        # References first, while there are none: the others are judged by them.
        shuffled.sort(key=lambda contest: not self._gives_reference(contest))
        for contest in shuffled:
            base_first = not self._is_first.get(contest.case_id, self._order.random() < 0.5)
            self._is_first[contest.case_id] = base_first
            for index in (0, 1) if base_first else (1, 0):
                self._add_process(contest, index)

    def _gives_reference(self, contest: Contest) -> bool:
        return any(
            side.cases[contest.case_id].is_reference
            and side.scratch_of(contest.case_id).reference is None
            for side in (self.base, self.head)
        )

    def _is_ok(self, contest: Contest) -> bool:
        return all(
            side.results[contest.case_id].status == "ok"
            for side in (self.base, self.head)
            if contest.case_id in side.results
        )

    def _add_process(self, contest: Contest, index: int) -> None:
        side = self._sides[index]
        # What is broken on one side is still run once on the other: its answer counts.
        if self._is_ok(contest) or contest.case_id not in side.results:
            result = self._measure_once(side, contest.case_id)
            contest.measured[index].extend(result.measurements if result.status == "ok" else [])

    def _measure_once(self, side: Side, case_id: str) -> CaseResult:
        result = side.measure(case_id)
        self.listener.process_finished(case_id, "base" if side is self.base else "head", result)
        side.results[case_id] = merge(side.results.get(case_id), result)
        side.journal.append(side.results[case_id])
        return result

    def _compare_references(self) -> None:
        """Have head's references judged by base's: nobody else would notice if they changed.

        Every other case is verified against the reference of its own side.
        """
        for group in self.base.groups:
            scratch = self.base.scratches[id(group)]
            for contest in self.contests:
                if self.base.group_of[contest.case_id] is not group:
                    continue
                path = self.head.scratch_of(contest.case_id).reference
                if scratch.reference is None or path is None or not self._same_inputs(contest):
                    break
                if scratch.reference.read_bytes() != path.read_bytes():
                    files = OutputFiles(path)
                    verdict = self.base.runner.judge(group.cases[0], {}, files, scratch)
                    if verdict["status"] != "ok":
                        members = {planned.case.id for planned in group.cases}
                        reason = verdict["reason"] or "nothing was compared"
                        self._changed |= dict.fromkeys(members, reason)
                break  # one case of the group tells where the references are

    def _has_changed(self, case_id: str) -> bool:
        return case_id in self._changed and not self.accept_changed_answers

    def _same_inputs(self, contest: Contest) -> bool:
        digests = [
            {m.inputs_digest for m in side.results[contest.case_id].measurements}
            for side in self._sides
            if contest.case_id in side.results
        ]
        return len(digests) == 2 and digests[0] == digests[1]

    # -- what was found --------------------------------------------------------------------

    def comparison(self) -> Comparison:
        """Return what was found so far."""
        contests = {contest.case_id: contest for contest in self.contests}
        confirmed = {c.case_id for c in self._suspects if c.state == "slower"}
        first, second = self.base.results, self.head.results
        cases = judged(
            [
                (
                    compare_answers(first[case_id], second[case_id], self.limits),
                    self._of_stage(first[case_id], contests.get(case_id), 0),
                    self._of_stage(second[case_id], contests.get(case_id), 1),
                )
                for case_id in first
                if case_id in second
            ]
        )
        records = [side.runner.snapshot(side.results.values()) for side in (self.base, self.head)]
        return Comparison(
            kind="gate",
            base=_compared(self.base),
            head=_compared(self.head),
            cases=[
                *(
                    self._with_changed_answers(
                        _final(case, contests.get(case.case.id), case.case.id in confirmed)
                    )
                    for case in cases
                ),
                *broken_new(first, second, self.limits),
            ],
            missing=[case_id for case_id in self.base.cases if case_id not in self.head.cases],
            new=[case_id for case_id in self.head.cases if case_id not in self.base.cases],
            environment_changes=environment_changes(*records),
            notes=self._notes(),
            duration_s=self.clock() - self._started,
        )

    def _with_changed_answers(self, case: CaseComparison) -> CaseComparison:
        reason = self._changed.get(case.case.id)
        if reason is None:
            return case
        sentence = f"the reference gives other answers than base's: {reason}"
        return case.model_copy(
            update={
                "lost": [sentence, *case.lost],
                "changed_answers": self._has_changed(case.case.id),
            }
        )

    @staticmethod
    def _of_stage(result: CaseResult, contest: Contest | None, index: int) -> CaseResult:
        """Return a result with the processes of the last stage only: they are what decided."""
        used = contest.used[index] if contest else []
        chosen = fastest(used or result.measurements)
        return result.model_copy(update={"measurements": chosen})

    def _notes(self) -> list[str]:
        notes = []
        if self.head.revision.commit.endswith("+"):
            notes.append("Head is the working tree with its uncommitted changes.")
        unused = sum(_unused(contest) for contest in self.contests)
        if unused:
            measured = sum(len(side) for contest in self.contests for side in contest.measured)
            notes.append(f"{unused} of {measured} processes ran on a slowed core and do not count.")
        return notes

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self.base, self.head


def _compared(side: Side) -> ComparedSide:
    return ComparedSide(
        name=side.revision.name,
        commit=side.revision.commit,
        started_at=side.runner.snapshot().started_at,
    )


def _unused(contest: Contest) -> int:
    return sum(map(len, contest.measured)) - sum(map(len, contest.used))


def _final(case: CaseComparison, contest: Contest | None, confirmed: bool) -> CaseComparison:
    """Return a case with the gate's own verdict: slower is what was confirmed, and only that."""
    if contest is None or case.verdict is None:
        return case
    verdict = case.verdict
    if confirmed:
        verdict = "regressed"
    elif verdict == "regressed":
        verdict = "inconclusive"
    return case.model_copy(update={"verdict": verdict, "discarded": _unused(contest)})
