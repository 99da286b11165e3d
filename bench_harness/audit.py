"""Can a case's times be true? Evidence from a process of its own, and what follows from it.

Each finding is a doubt with its reason; a case without one has passed every question that could
be asked of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.measure.workers import Workers
from bench_harness.model import Case
from bench_harness.plan import Group, PlannedCase
from bench_harness.process import Outcome

AUDITOR = "bench_harness.measure.auditor"
WORKER = "bench_harness.measure.worker"
VERIFIER = "bench_harness.verify.verifier"
AGREEMENT = "bench_harness.verify.agreement"

CACHED_RATIO = 1.5
"""Calls on inputs that alternate may take this many times those on the same ones."""
UNSYNCHRONISED_RATIO = 1.5
READ_SLACK_S = 1e-4
"""What reading results back may take beyond waiting and copying."""
FLOPS_SLACK, BYTES_SLACK = 1.1, 2.0


@dataclass
class Audit:
    """What an audit of one case asked and found.

    Parameters
    ----------
    case : Case
    findings : list of str
        Doubts, each with its reason.
    unanswered : list of str
        Questions that could not be asked, and why.
    declared : list of str
        What would be a doubt, if the file did not say so itself.
    """

    case: Case
    findings: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)


def audit_group(group: Group, workers: Workers, ceilings: Mapping[str, float]) -> list[Audit]:
    """Audit every case of a group that can run.

    Parameters
    ----------
    group : Group
    workers : Workers
    ceilings : mapping
        As `Workers.ceilings` returns them.
    """
    with tempfile.TemporaryDirectory(prefix="group-") as folder:
        references = _references(group, workers, Path(folder))
        return [
            _audit_case(planned, workers, references, Path(folder), ceilings)
            for planned in group.cases
            if planned.runs
        ]


def _references(group: Group, workers: Workers, folder: Path) -> list[str]:
    """Compute the reference on both sets of inputs; an empty list if it fails."""
    case = group.cases[0].case.model_copy(
        update={"backend": REFERENCE, "variant": "", "device": "cpu"}
    )
    planned = PlannedCase(case, group.folder, group.folder.implementation(REFERENCE))
    paths = []
    for offset in (0, 1):
        path = str(folder / f"reference{offset}.npz")
        extra = {"outputs_path": path, "earlier_path": "", "outputs_only": True}
        seed = workers.config.seed + offset
        outcome = workers.call(WORKER, planned, extra, seed=seed)
        if (outcome.reply or {}).get("status") != "ok":
            return []
        paths.append(path)
    return paths


def _audit_case(
    planned: PlannedCase,
    workers: Workers,
    references: Sequence[str],
    folder: Path,
    ceilings: Mapping[str, float],
) -> Audit:
    audit = Audit(planned.case)
    paths = [str(folder / f"outputs{position}.npz") for position in range(3)]
    outcome = workers.call(AUDITOR, planned, {"paths": paths})
    reply = outcome.reply
    if reply is None or reply["status"] != "ok":
        audit.findings.append(f"could not be audited: {_problem(outcome)}")
        return audit
    if not references:
        audit.findings.append("could not be audited: the reference does not run")
        return audit
    counts = _check_outputs(audit, planned, workers, reply, references, paths)
    audit.unanswered += _unasked_of_times(planned.case, counts, ceilings)
    audit.findings += _confirmed_doubts(planned, workers, paths, reply, counts, ceilings)
    _check_place(audit, planned, reply)
    if reply["compilations"]:
        audit.findings.append(
            f"compiles again in steady state: {reply['compilations']} programs for inputs of the "
            "same shapes"
        )
    return audit


def _problem(outcome: Outcome) -> str:
    return outcome.how_it_ended() if outcome.reply is None else str(outcome.reply["reason"])


def _check_outputs(
    audit: Audit,
    planned: PlannedCase,
    workers: Workers,
    reply: Mapping[str, Any],
    references: Sequence[str],
    paths: Sequence[str],
) -> Mapping[str, Any]:
    """Judge the outputs of first, other and again first inputs; returns the verifier's counts."""
    answer: Mapping[str, Any] = {}
    which = ("the first inputs", "other inputs", "the first inputs again")
    for position, path in enumerate(paths):
        offset = position % 2
        request = {
            "case": planned.case.model_dump(mode="json"),
            "seed": workers.config.seed + offset,
            "kernel_path": str(planned.folder.path),
            "outputs_path": path,
            "earlier_path": "",
            "reference_path": references[offset],
            "truth_path": str(Path(path).parent / f"truth{offset}.npz"),
            "weak": reply["weak"],
            "rtol": workers.config.rtol,
            "atol": workers.config.atol,
        }
        outcome = workers.judge(VERIFIER, request)
        answer = outcome.reply or {}
        verification = answer.get("verification") or {"passed": False, "failures": ["no verdict"]}
        if not verification["passed"]:
            audit.findings.append(f"wrong on {which[position]}: {verification['failures'][0]}")
    if not reply["depends_on_seed"]:
        audit.unanswered.append("a cached result: the inputs do not depend on the seed")
        return answer
    agreement = workers.judge(AGREEMENT, {"pairs": {"inputs": list(paths[:2])}}).reply or {}
    if agreement.get("inputs", {}).get("bitwise"):
        audit.findings.append("returned the same bits for other inputs: cached, or constant")
    return answer


def _confirmed_doubts(
    planned: PlannedCase,
    workers: Workers,
    paths: Sequence[str],
    reply: Mapping[str, Any],
    counts: Mapping[str, Any],
    ceilings: Mapping[str, float],
) -> list[str]:
    """Return the doubts that times raise in two processes: what is true of a case is in both."""
    doubts = _doubts_of_times(planned.case, reply, counts, ceilings)
    if not doubts:
        return []
    again = workers.call(AUDITOR, planned, {"paths": paths}).reply or {"status": "failed"}
    if again["status"] != "ok":
        return [*doubts.values()]
    confirmed = _doubts_of_times(planned.case, again, counts, ceilings)
    return [text for kind, text in doubts.items() if kind in confirmed]


def _doubts_of_times(
    case: Case,
    reply: Mapping[str, Any],
    counts: Mapping[str, Any],
    ceilings: Mapping[str, float],
) -> dict[str, str]:
    """Return what is doubtful about the times of one process, by kind."""
    doubts = {
        "cached": _cached(reply),
        "waiting": _not_waited_for(reply),
        **_above_ceilings(case, reply["same_s"], counts, ceilings),
    }
    return {kind: text for kind, text in doubts.items() if text is not None}


def _cached(reply: Mapping[str, Any]) -> str | None:
    """Compare calls on the same inputs with calls on inputs that alternate.

    Two sets of inputs fill the caches twice: what reading them costs is allowed for.
    """
    same, rotated = reply["same_s"], reply["rotated_s"]
    allowed = CACHED_RATIO * same + 2 * reply["inputs_s"] + 1e-6
    if not reply["depends_on_seed"] or rotated <= allowed:
        return None
    return (
        f"takes {units.seconds(same)} on the same inputs and {units.seconds(rotated)} when "
        "they alternate: something is kept from call to call"
    )


def _not_waited_for(reply: Mapping[str, Any]) -> str | None:
    """Compare reading results that were waited for with reading them again.

    What is still to be computed after the wait is computed by whoever reads first.
    """
    if reply["read_s"] <= UNSYNCHRONISED_RATIO * reply["reread_s"] + READ_SLACK_S:
        return None
    return (
        f"takes {units.seconds(reply['same_s'])} when waited for, and then "
        f"{units.seconds(reply['read_s'])} until its results are read "
        f"({units.seconds(reply['reread_s'])} a second time): the wait does not wait for all"
    )


def _check_place(audit: Audit, planned: PlannedCase, reply: Mapping[str, Any]) -> None:
    """Doubt a case whose work is done by something else than its backend, unless declared."""
    if problem := reply.get("host_work_problem"):
        audit.unanswered.append(f"where the work is done: {problem}")
    elif found := reply.get("host_work"):
        note = planned.implementation.note if planned.implementation else None
        if note:
            audit.declared.append(f"{note} ({found})")
        else:
            audit.findings.append(f"does not run on {audit.case.backend}: {found}")


def _limits(case: Case, ceilings: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Return the unit and the most per second of each count that a kernel may declare."""
    if case.device != "cpu" or not ceilings:
        return {}
    width = 2.0 if case.dtype == "float32" else 1.0
    return {
        "flops": ("FLOP/s", FLOPS_SLACK * width * ceilings["flops_per_s"]),
        "nbytes": ("B/s", BYTES_SLACK * ceilings["bytes_per_s"]),
    }


def _unasked_of_times(
    case: Case, counts: Mapping[str, Any], ceilings: Mapping[str, float]
) -> list[str]:
    """Return why a case cannot be compared with what the machine can do."""
    limits = _limits(case, ceilings)
    if not limits:
        return ["faster than the machine: its ceilings are not known here"]
    missing = [count for count in limits if counts.get(count) is None]
    return [f"faster than the machine: the kernel declares no {count}" for count in missing]


def _above_ceilings(
    case: Case, same_s: float, counts: Mapping[str, Any], ceilings: Mapping[str, float]
) -> dict[str, str]:
    """Return the counts that a case does faster than the machine can."""
    return {
        count: (
            f"{units.rate(counts[count] / same_s, unit)} is more than the "
            f"{units.rate(limit, unit)} this machine can do: the count of {count} is wrong, "
            "or the work is not done"
        )
        for count, (unit, limit) in _limits(case, ceilings).items()
        if counts.get(count) is not None and counts[count] / same_s > limit
    }
