"""The gate with sides that answer at once: what is measured, when it stops, what it says."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench_harness.compare import Limits
from bench_harness.comparison import Comparison
from bench_harness.discovery import discover
from bench_harness.gate import MAX_EXTRA, Contest, Gate, Side
from bench_harness.measure.scratch import Scratch
from bench_harness.model import CaseResult
from bench_harness.plan import Group, PlannedCase, Request, make_plan
from bench_harness.report.comparison import render_comparison
from bench_harness.revisions import Revision
from bench_harness.stats.sequential import Plan
from bench_harness.store import Journal
from tests.factories import make_measurement, make_record, make_result

SUITES = Path(__file__).parents[1] / "data/suites"
PLAN = Plan()
Answer = Callable[[int], CaseResult]


def timed(level: float = 1.0, noise: float = 0.003, seed: int = 0) -> Answer:
    """Return what answers with processes about a level in ms."""
    rng = random.Random(seed)

    def answer(count: int) -> CaseResult:
        fastest = level * 1e-3 * (1 + noise * rng.gauss(0, 1))
        return make_result(measurements=[make_measurement([fastest * 2, fastest], probe_s=1e-4)])

    return answer


class Engine:
    """Stands in for a runner: each case answers by a function of how often it was asked."""

    def __init__(self, name: str, answers: dict[str, Answer], log: list[str]) -> None:
        self.name, self.answers, self.log = name, answers, log
        self.reference = b"reference"
        self.verdict: dict[str, Any] = {"status": "wrong", "reason": "rms is off"}

    def measure(self, planned: PlannedCase, scratch: Scratch) -> CaseResult:
        label = planned.case.label
        if planned.is_reference and scratch.reference is None:
            self._write(scratch)
        self.log.append(f"{self.name} {label}")
        asked = self.log.count(f"{self.name} {label}")
        result = self.answers.get(label, timed())(asked)
        return result.model_copy(update={"case": planned.case})

    def compute_reference(self, group: Group, scratch: Scratch) -> None:
        self._write(scratch)

    def _write(self, scratch: Scratch) -> None:
        scratch.reference = scratch.folder / "reference.npz"
        scratch.reference.write_bytes(self.reference)

    def judge(self, *_: Any) -> dict[str, Any]:
        return self.verdict

    def snapshot(self, results: Any = ()) -> Any:
        return make_record(*results)


class Notes:
    """A listener that takes notes."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, str]] = []

    def stage_started(self, name: str, cases: int) -> None: ...

    def process_finished(self, case_id: str, side: str, result: CaseResult) -> None: ...

    def case_decided(self, contest: Contest) -> None:
        self.decided.append((contest.case_id.split("/")[3], contest.state))


class Bench:
    """A gate on ``sample/rms`` with backends of its own for each side."""

    def __init__(
        self,
        folder: Path,
        base: dict[str, Answer],
        head: dict[str, Answer],
        backends: tuple[str, str] = ("numpy", "numpy"),
        **given: Any,
    ) -> None:
        self.log: list[str] = []
        self.notes = Notes()
        self.sides = []
        for name, answers, labels in zip(("base", "head"), (base, head), backends, strict=True):
            request = Request(
                ("sample/rms",), backends=tuple(labels.split(",")), presets=("smoke",)
            )
            side = Side(
                Revision(name, "0" * 40, folder),
                Engine(name, answers, self.log),  # type: ignore[arg-type]
                make_plan(discover([SUITES]), request, gpu_present=False),
                folder / name,
                Journal(folder / f"{name}.json"),
            )
            side.journal.start(make_record())
            self.sides.append(side)
        limits = given.pop("limits", Limits(0.03))
        self.gate = Gate(*self.sides, limits, PLAN, self.notes, clock=lambda: 0.0, **given)

    def run(self) -> Comparison:
        return self.gate.run()


def verdicts(comparison: Comparison) -> dict[str, Any]:
    return {case.case.label: case.verdict for case in comparison.cases}


def test_equal_sides_are_settled_at_the_first_look(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {"numpy": timed(seed=1)})
    comparison = bench.run()
    assert verdicts(comparison) == {"numpy": "equivalent"}
    assert len(bench.log) == 2 * PLAN.looks[0]
    assert comparison.cases[0].base_median_s == pytest.approx(1e-3, rel=0.01)  # the fastest run
    assert len(bench.sides[0].results[comparison.cases[0].case.id].measurements) == PLAN.looks[0]


def test_sides_run_beside_each_other_and_take_turns_to_be_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {}, ("numpy,python", "numpy,python"))
    bench.run()
    pairs = list(zip(bench.log[::2], bench.log[1::2], strict=True))
    for first, second in pairs:
        assert {first.split()[0], second.split()[0]} == {"base", "head"}
        assert first.split()[1] == second.split()[1]
    firsts = [first.split()[0] for first, _ in pairs if first.endswith("numpy")]
    assert firsts[0] != firsts[1]
    assert abs(firsts.count("base") - firsts.count("head")) <= 1


def test_a_slower_head_is_confirmed_by_fresh_processes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {"numpy": timed(1.06, seed=1)})
    comparison = bench.run()
    (case,) = comparison.cases
    assert case.verdict == "regressed"
    assert comparison.regressions == [case]
    assert bench.notes.decided == [("numpy", "slower"), ("numpy", "slower")]
    assert (case.base_processes, case.head_processes) == (PLAN.confirmations[0],) * 2
    assert len(bench.log) == 2 * (PLAN.looks[0] + PLAN.confirmations[0])


def test_bad_luck_in_the_first_stage_is_not_confirmed(tmp_path: Path) -> None:
    lucky, unlucky = timed(seed=1), timed(1.06, seed=2)
    head = {"numpy": lambda count: (unlucky if count <= PLAN.looks[0] else lucky)(count)}
    bench = Bench(tmp_path, {}, head)
    assert verdicts(bench.run()) == {"numpy": "equivalent"}
    assert bench.notes.decided == [("numpy", "slower"), ("numpy", "settled")]


def test_what_stays_open_ends_inconclusive_and_says_what_it_could_see(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numpy": timed(noise=0.1)}, {"numpy": timed(noise=0.1, seed=1)})
    comparison = bench.run()
    assert verdicts(comparison) == {"numpy": "inconclusive"}
    assert (comparison.cases[0].smallest_effect or 0) > 0.05
    assert len(bench.log) == 2 * PLAN.looks[-1]


def test_only_what_is_open_is_measured_further(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {"python": timed(noise=0.1)}, ("numpy,python", "numpy,python"))
    bench.run()
    assert bench.log.count("base numpy") == PLAN.looks[0]
    assert bench.log.count("base python") == PLAN.looks[-1]


@pytest.mark.parametrize("every", [3, 2])
def test_processes_on_a_slowed_core_do_not_count(tmp_path: Path, every: int) -> None:
    def disturbed(count: int) -> CaseResult:
        if count % every:
            return timed(seed=count)(count)
        slow = make_measurement([1.5e-3], probe_s=1.5e-4)
        return make_result(measurements=[slow])

    bench = Bench(tmp_path, {}, {"numpy": disturbed})
    comparison = bench.run()
    (case,) = comparison.cases
    assert case.verdict == "equivalent"
    assert case.head_processes == PLAN.looks[0]
    assert case.discarded == bench.log.count("head numpy") - PLAN.looks[0] > 0
    assert "slowed core" in render_comparison(comparison)


def test_a_core_that_is_always_slow_ends_too(tmp_path: Path) -> None:
    rng = random.Random(0)

    def unsteady(_: int) -> CaseResult:
        probe = 1e-4 * (1 + rng.random())
        return make_result(measurements=[make_measurement([1e-3], probe_s=probe)])

    bench = Bench(tmp_path, {"numpy": unsteady}, {"numpy": unsteady})
    bench.run()
    assert len(bench.log) <= 2 * (1 + MAX_EXTRA) * PLAN.looks[-1]


def test_workers_that_know_no_probe_are_used_as_they_are(tmp_path: Path) -> None:
    plain = {"numpy": lambda _: make_result(measurements=[make_measurement([1e-3])])}
    assert verdicts(Bench(tmp_path, plain, plain).run()) == {"numpy": "equivalent"}


def test_a_wrong_answer_ends_its_case_and_no_other(tmp_path: Path) -> None:
    head = {"python": lambda count: make_result(status="wrong" if count == 2 else "ok")}
    bench = Bench(tmp_path, {}, head, ("numpy,python", "numpy,python"))
    comparison = bench.run()
    assert [case.case.label for case in comparison.broken] == ["python"]
    assert verdicts(comparison) == {"numpy": "equivalent", "python": None}
    assert bench.log.count("head python") == 2
    assert bench.log.count("head numpy") == PLAN.looks[0]


def test_head_is_judged_also_where_base_is_broken(tmp_path: Path) -> None:
    broken: dict[str, Answer] = {"numpy": lambda _: make_result(status="crashed")}
    for head, wrong in (({}, False), ({"numpy": lambda _: make_result(status="wrong")}, True)):
        folder = tmp_path / str(wrong)
        folder.mkdir()
        comparison = Bench(folder, broken, head).run()  # type: ignore[arg-type]
        assert bool(comparison.broken) is wrong
        assert comparison.compared == []


@pytest.mark.parametrize("accepted", [False, True])
def test_a_reference_that_gives_other_answers_is_noticed(tmp_path: Path, accepted: bool) -> None:
    bench = Bench(tmp_path, {}, {}, accept_changed_answers=accepted)
    bench.sides[1].runner.reference = b"another"  # type: ignore[attr-defined]
    comparison = bench.run()
    assert "other answers than base's: rms is off" in comparison.cases[0].lost[0]
    assert bool(comparison.broken) is not accepted


def test_other_bytes_within_the_budget_are_no_other_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {})
    bench.sides[1].runner.reference = b"another"  # type: ignore[attr-defined]
    bench.sides[0].runner.verdict = {"status": "ok"}  # type: ignore[attr-defined]
    assert bench.run().cases[0].lost == []


def test_what_one_side_has_is_run_there_once_and_listed(tmp_path: Path) -> None:
    head: dict[str, Answer] = {"python": lambda _: make_result(status="wrong", reason="off")}
    bench = Bench(tmp_path, {}, head, ("numpy", "numpy,python"))
    comparison = bench.run()
    assert [i.split("/")[3] for i in comparison.new] == ["python"]
    assert bench.log.count("head python") == 1
    assert comparison.broken[0].lost == ["is new, and wrong: off"]


def test_nothing_to_run_is_nothing_compared(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {}, {}, ("cupynumeric", "cupynumeric"))
    for side in bench.sides:
        side.cases = {}
    gate = Gate(*bench.sides, Limits(0.03), PLAN, bench.notes)
    comparison = gate.run()
    assert comparison.compared == []
    assert bench.log == []
