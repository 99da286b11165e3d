"""The parent of a run: one fresh worker for every case, a verdict for every output.

Knows nothing of frameworks: it starts processes, keeps what they answer, and tells a listener.
"""

from __future__ import annotations

import itertools
import random
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bench_harness import __version__
from bench_harness.backends import REFERENCE, get_adapter
from bench_harness.measure.noise import Paces
from bench_harness.measure.order import balanced_orders
from bench_harness.measure.replies import as_result, as_verdict, backend_info, merge
from bench_harness.measure.scratch import OutputFiles, Scratch
from bench_harness.measure.slots import Task, serve
from bench_harness.measure.workers import Workers
from bench_harness.model import (
    BROKEN,
    BackendInfo,
    Case,
    CaseResult,
    Determinism,
    Environment,
    RunConfig,
    RunRecord,
)
from bench_harness.plan import Group, PlannedCase
from bench_harness.process import Launcher, Outcome
from bench_harness.store import Journal, scrub

WORKER = "bench_harness.measure.worker"
VERIFIER = "bench_harness.verify.verifier"
AGREEMENT = "bench_harness.verify.agreement"


class Listener(Protocol):
    """What a progress display is told."""

    def case_started(self, case: Case) -> None: ...

    def case_finished(self, result: CaseResult) -> None: ...

    def group_finished(self, results: Sequence[CaseResult]) -> None: ...


@dataclass
class _Begun:
    """A group on its way: its place in the plan, its files, its measurements still to come."""

    position: int
    group: Group
    scratch: Scratch
    left: int


@dataclass
class Runner:
    """Runs the groups of a plan and builds the record.

    Parameters
    ----------
    config : RunConfig
    environment : Environment
    argv : sequence of str
        The command as given, for the record.
    output : Path
        Where the record goes; its journal lies beside it.
    listener : Listener
    launcher : Launcher
        Starts the processes; an argument so that tests can replace it.
    fail_fast : bool
        Stop after the first case that is broken.
    replace : bool
        The output may exist: it is continued, or written over.
    full : bool
        Write the home folder's path and the user's name into the record as well.
    run_id, started_at : str
        Those of the run that is continued.
    resumed_with : sequence of sequences of str
        The commands that continue it, this one last; `argv` is then the first.
    stop : callable
        Asked before each case: True ends the run in an orderly way.
    """

    config: RunConfig
    environment: Environment
    argv: Sequence[str]
    output: Path
    listener: Listener
    launcher: Launcher = field(default_factory=Launcher)
    fail_fast: bool = False
    replace: bool = False
    full: bool = False
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: str = field(default_factory=lambda: _now())
    resumed_with: Sequence[Sequence[str]] = ()
    stop: Callable[[], bool] = lambda: False
    finished: dict[str, CaseResult] = field(default_factory=dict)
    """Results carried over from the record that is resumed, by case id."""
    workers: Workers | None = None
    """Where they run; by default beside this process."""
    _backends: dict[str, BackendInfo] = field(default_factory=dict)
    _results: dict[str, CaseResult] = field(default_factory=dict)
    _cached: set[str] = field(default_factory=set)
    """Cases whose warm compile cache has been filled."""
    _sequence: Iterator[int] = field(default_factory=itertools.count)
    _stopped: bool = False
    _broken: bool = False
    _journalled: dict[str, BackendInfo] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    """For results, journal and listener, where several cases are measured at a time."""
    _ended: dict[int, Group] = field(default_factory=dict)
    """Groups that wait for an earlier one before the listener is told, by position."""
    _told: int = 0

    def __post_init__(self) -> None:
        self._workers = self.workers or Workers(self.config, self.launcher)
        self._paces = Paces(self.config)
        self._backends = dict(self.environment.backends)

    def run(self, groups: Sequence[Group]) -> RunRecord:
        """Measure and verify every case; returns the record that was written."""
        journal = self._journal = Journal(self.output)
        journal.start(self.snapshot(self.finished.values()), self.replace)
        try:
            with tempfile.TemporaryDirectory(prefix="run-") as folder:
                begin = [
                    partial(self._begin, position, group, Path(folder, str(position)))
                    for position, group in enumerate(groups)
                ]
                serve(begin, self.config.jobs, abandon=self.launcher.stop)
        finally:
            # What a resumed record holds and this run did not get to, or was not asked for, stays.
            known = {**self.finished, **self._results}
            order = [planned.case.id for group in groups for planned in group.cases]
            ids = dict.fromkeys([*order, *known])
            results = [known[case_id] for case_id in ids if case_id in known]
            record = self.snapshot(results).model_copy(update={"finished_at": _now()})
            journal.finish(record, self.output, self.full)
        return record

    def snapshot(self, results: Iterable[CaseResult] = ()) -> RunRecord:
        """Return the record of this run with the results given."""
        return RunRecord(
            run_id=self.run_id,
            started_at=self.started_at,
            harness_version=__version__,
            argv=list(self.argv),
            resumed_with=[list(argv) for argv in self.resumed_with],
            config=self.config,
            environment=self.environment.model_copy(update={"backends": self._backends}),
            results=list(results),
        )

    # -- one group -------------------------------------------------------------------------

    def _begin(self, position: int, group: Group, folder: Path, slot: int) -> list[Task]:
        """Measure the reference, on which the others wait; returns a task for each of those."""
        if self._stopped:
            return []
        with self._lock:
            for planned in group.cases:
                if not planned.runs:
                    assert planned.status is not None
                    self._keep(
                        CaseResult(case=planned.case, status=planned.status, reason=planned.reason)
                    )
        due = [planned for planned in group.cases if planned.runs and not self._is_done(planned)]
        order = list(itertools.chain.from_iterable(self._orders(due)))
        folder.mkdir()
        begun = _Begun(position, group, Scratch(folder), len(order))
        if not order:
            self._end(begun)
            return []
        if group.reference not in due:
            self.compute_reference(group, begun.scratch, slot)
        self._continue(begun, order[0], slot)
        return [partial(self._continue, begun, planned) for planned in order[1:]]

    def _continue(self, begun: _Begun, planned: PlannedCase, slot: int) -> list[Task]:
        """Measure a case of a group that has begun, unless told to stop."""
        if not self._should_stop():
            with self._lock:
                self.listener.case_started(planned.case)
            result = self.measure(planned, begun.scratch, slot)
            with self._lock:
                self._keep(merge(self._results.get(planned.case.id), result))
                self.listener.case_finished(self._results[planned.case.id])
        with self._lock:
            begun.left -= 1
            if begun.left == 0:
                self._end(begun)
        return []

    def _end(self, begun: _Begun) -> None:
        """Tell the listener of groups in the order of the plan, whichever ends first."""
        shutil.rmtree(begun.scratch.folder)
        with self._lock:
            self._ended[begun.position] = begun.group
            while group := self._ended.pop(self._told, None):
                self._told += 1
                ids = [planned.case.id for planned in group.cases]
                done = [self._results[case_id] for case_id in ids if case_id in self._results]
                self.listener.group_finished(done)

    def _is_done(self, planned: PlannedCase) -> bool:
        """Take over what the resumed record holds of a case, if it was measured."""
        known = self.finished.get(planned.case.id)
        if known is None or known.status != "ok" or not _same_case(known.case, planned.case):
            return False
        if len(known.measurements) < self.config.processes:
            return False
        self._results[planned.case.id] = known
        return True

    def _orders(self, due: Sequence[PlannedCase]) -> list[list[PlannedCase]]:
        """Return the order of each round of processes, the reference first in the first one.

        Interleaving processes of all cases spreads a slow minute of the machine over all of
        them, instead of over one.
        """
        first = list(due)
        if self.config.processes > 1:
            random.Random(self.config.seed).shuffle(first)
        first.sort(key=lambda planned: not planned.is_reference)
        return balanced_orders(first, self.config.processes, self.config.seed)

    def _should_stop(self) -> bool:
        self._stopped = self._stopped or self.stop() or (self.fail_fast and self._broken)
        return self._stopped

    def _keep(self, result: CaseResult) -> None:
        self._results[result.case.id] = result
        self._broken = self._broken or result.status in BROKEN
        name = result.case.backend
        info = self._backends.get(name)
        if info is not None and info != self._journalled.get(name):
            self._journal.append_backend(name, info)
            self._journalled[name] = info
        self._journal.append(result)

    # -- one case --------------------------------------------------------------------------

    def compute_reference(self, group: Group, scratch: Scratch, slot: int = 0) -> None:
        """Run the reference once, untimed, where it is not among the cases asked for."""
        sample = group.cases[0].case
        case = sample.model_copy(update={"backend": REFERENCE, "variant": "", "device": "cpu"})
        implementation = group.folder.implementation(REFERENCE)
        planned = PlannedCase(case, group.folder, implementation)
        files = scratch.outputs()
        outcome = self._call_worker(planned, files, outputs_only=True, slot=slot)
        reply = outcome.reply or {}
        if reply.get("status") == "ok":
            scratch.reference = files.last
            scratch.seal()
        else:
            scratch.reference_problem = (
                reply.get("reason") or f"its worker {outcome.how_it_ended()}"
            )

    def measure(self, planned: PlannedCase, scratch: Scratch, slot: int = 0) -> CaseResult:
        """Measure a case in one fresh process, and have its outputs judged.

        The first plain reference that is ok becomes that of the group.
        """
        self._fill_cache(planned, scratch, slot)
        result, outcome, files = self._undisturbed(planned, scratch, slot)
        if scratch.is_spoilt():
            self.compute_reference(Group(planned.folder, (planned,)), scratch, slot)
            reason = "it changed the outputs that other cases are compared with; they were restored"
            return CaseResult(case=planned.case, status="failed", reason=reason)
        if planned.is_reference and scratch.reference is None:
            if result.status == "ok":
                scratch.reference = files.last
            else:
                scratch.reference_problem = result.reason
        if result.status != "ok":
            return result
        assert outcome.reply is not None
        verdict = self.judge(planned, outcome.reply, files, scratch)
        scratch.seal()
        if self.config.check_determinism:
            verdict["determinism"] = self._determinism(planned, files, scratch)
        files.remove(keep_last=files.last == scratch.reference)
        assert planned.implementation is not None
        note = planned.implementation.note
        verdict["warnings"] = [*result.warnings, *verdict.get("warnings", [])]
        verdict["notes"] = [note] if note else []
        result = result.model_copy(update=verdict)
        if self.config.one_thread and self.config.threads > 1 and result.status == "ok":
            return self._on_one_thread(planned, result, scratch)
        return result

    def _undisturbed(
        self, planned: PlannedCase, scratch: Scratch, slot: int
    ) -> tuple[CaseResult, Outcome, OutputFiles]:
        """Call the worker; again, up to ``retry_noisy`` times, while others disturb or slow it.

        If they never leave it alone, the least disturbed process is kept.
        """
        quiet_pace_s = None
        attempts: list[tuple[CaseResult, Outcome, OutputFiles]] = []
        for _ in range(self.config.retry_noisy + 1):
            files = scratch.outputs()
            result, outcome = self._timed(
                planned, files, self.config.threads, slot, quiet_pace_s=quiet_pace_s
            )
            attempts.append((result, outcome, files))
            if result.status != "ok" or not self._paces.disturbance(result.measurements[0]):
                break
            quiet_pace_s = self._paces.quiet_s()
        else:
            attempts.sort(key=lambda tried: -self._paces.disturbance(tried[0].measurements[0]))
        *_, (result, outcome, files) = attempts
        for _, _, noisy in attempts[:-1]:
            noisy.remove()
        if result.status != "ok":
            return result, outcome, files
        (measurement,) = result.measurements
        taken = {"sequence": next(self._sequence), "noisy_attempts": len(attempts) - 1}
        told = {
            "measurements": [measurement.model_copy(update=taken)],
            "warnings": [*result.warnings, *self._paces.warnings(measurement)],
        }
        return result.model_copy(update=told), outcome, files

    def _timed(
        self,
        planned: PlannedCase,
        files: OutputFiles,
        threads: int,
        slot: int = 0,
        *,
        quiet_pace_s: float | None = None,
    ) -> tuple[CaseResult, Outcome]:
        """Call the worker once, and keep what it tells of its backend."""
        outcome = self._call_worker(
            planned,
            files,
            outputs_only=False,
            threads=threads,
            slot=slot,
            quiet_pace_s=quiet_pace_s,
        )
        result = as_result(planned.case, outcome, self.config, threads)
        if result.status == "ok" and outcome.reply is not None:
            info = backend_info(planned.case, outcome.reply)
            with self._lock:
                self._backends[planned.case.backend] = info
        return result, outcome

    def _fill_cache(self, planned: PlannedCase, scratch: Scratch, slot: int) -> None:
        """See to it that a warm compile cache is warm: run the case once, untimed."""
        case = planned.case
        compiles = "jit" in get_adapter(case.backend).features
        if self.config.jit_cache == "cold" or not compiles or case.id in self._cached:
            return
        self._cached.add(case.id)
        files = scratch.outputs()
        self._call_worker(planned, files, outputs_only=True, slot=slot)
        files.remove()

    def _on_one_thread(
        self, planned: PlannedCase, result: CaseResult, scratch: Scratch
    ) -> CaseResult:
        """Measure a case on one thread as well; a wrong answer there makes the case wrong."""
        files = scratch.outputs()
        alone, outcome = self._timed(planned, files, threads=1)
        if alone.status == "ok" and outcome.reply is not None:
            alone = alone.model_copy(update=self.judge(planned, outcome.reply, files, scratch))
        files.remove()
        if alone.status != "ok":
            reason = f"on one thread: {alone.reason}"
            return result.model_copy(update={"status": alone.status, "reason": reason})
        return result.model_copy(update={"one_thread": alone.measurements})

    def _determinism(
        self, planned: PlannedCase, files: OutputFiles, scratch: Scratch
    ) -> Determinism | None:
        """Compare a case's outputs bit by bit with those of other runs, processes, threads."""
        pairs: dict[str, list[str]] = {}
        if files.earlier.exists():
            pairs["repeats"] = [str(files.last), str(files.earlier)]
        runs = {"processes": self.config.threads}
        if self.config.threads > 1:
            runs["threads"] = 1
        others = {name: scratch.outputs() for name in runs}
        for name, other in others.items():
            outcome = self._call_worker(planned, other, outputs_only=True, threads=runs[name])
            if (outcome.reply or {}).get("status") == "ok":
                pairs[name] = [str(files.last), str(other.last)]
        answer = self._workers.judge(AGREEMENT, {"pairs": pairs})
        for other in others.values():
            other.remove()
        return None if answer.reply is None else Determinism.model_validate(answer.reply)

    def _call_worker(
        self,
        planned: PlannedCase,
        files: OutputFiles,
        *,
        outputs_only: bool,
        threads: int | None = None,
        slot: int = 0,
        quiet_pace_s: float | None = None,
    ) -> Outcome:
        extra = {
            "outputs_path": str(files.last),
            "earlier_path": str(files.earlier),
            "gradient_path": str(files.gradient),
            "outputs_only": outputs_only,
            "quiet_pace_s": quiet_pace_s,
        }
        return self._workers.call(WORKER, planned, extra, threads=threads, slot=slot)

    def judge(
        self, planned: PlannedCase, reply: Mapping[str, Any], files: OutputFiles, scratch: Scratch
    ) -> dict[str, Any]:
        """Have outputs judged; returns the fields of a `CaseResult` that the verdict sets."""
        if scratch.reference is None:
            reason = (
                f"no reference to compare with: {scratch.reference_problem or 'it did not run'}"
            )
            return {"status": "unchecked", "reason": reason}
        told = {"weak": reply.get("weak", []), "gradient": reply.get("gradient")}
        digest = files.digest(planned.case.id, told)
        if digest is not None and digest in scratch.verdicts:
            return dict(scratch.verdicts[digest])
        request = {
            "case": planned.case.model_dump(mode="json"),
            "seed": self.config.seed,
            "kernel_path": str(planned.folder.path),
            "outputs_path": str(files.last),
            "earlier_path": str(files.earlier),
            "reference_path": str(scratch.reference),
            "truth_path": str(scratch.truth),
            "gradient_path": str(files.gradient),
            "first_gradient_path": str(scratch.first_gradient),
            "rtol": self.config.rtol,
            "atol": self.config.atol,
            **told,
        }
        verdict = as_verdict(self._workers.judge(VERIFIER, request))
        if digest is not None and verdict["status"] != "unchecked":
            scratch.verdicts[digest] = verdict
        return dict(verdict)


def _same_case(known: Case, planned: Case) -> bool:
    """Tell whether two cases are one; the record has paths without the home folder in them."""
    return scrub(known.model_dump_json()) == scrub(planned.model_dump_json())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
