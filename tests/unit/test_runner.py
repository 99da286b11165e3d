"""The parent of a run, with a launcher that answers what a test tells it to."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench_harness import store
from bench_harness.backends import get_adapter
from bench_harness.discovery import discover
from bench_harness.measure.runner import Runner
from bench_harness.model import Case, CaseResult, RunConfig, RunRecord
from bench_harness.plan import Group, Request, make_plan
from bench_harness.process import Launcher, Outcome
from bench_harness.summary import slowed
from tests.factories import make_case, make_environment, make_measurement, make_result

PATIENCE_S = 10.0

FOLDERS = discover([Path(__file__).parent.parent / "data/suites"])
RMS = FOLDERS["sample/rms"]

GOOD = {
    "status": "ok",
    "measurement": make_measurement().model_dump(),
    "cut": None,
    "weak": [],
    "backend": {"usable": True, "version": "1.0"},
}
PASSED = {
    "verification": {"passed": True, "failures": [], "outputs": [], "checks": [], "truth": []},
    "figures": [{"label": "RMS", "value": 1.5, "decimals": 3}],
    "remarks": ["a remark"],
    "flops": 20.0,
}
WRONG = {**PASSED, "verification": {**PASSED["verification"], "passed": False, "failures": ["y"]}}


def ended(reply: Any = None, returncode: int | None = 0, stderr: str = "") -> Outcome:
    return Outcome(reply, returncode, stderr)


class FakeLauncher(Launcher):
    """Answers by backend label; whatever it is not told goes well.

    `worker` and `verifier` map a label to an outcome, a reply, an exception, a function that
    returns or raises one, or a list of those to be used one call after the other.
    """

    def __init__(self, worker: dict[str, Any], verifier: dict[str, Any]) -> None:
        super().__init__()
        self.answers = {"worker": worker, "verifier": verifier}
        self.calls: list[str] = []
        self.seen: list[dict[str, Any]] = []
        self.journalled: list[list[str]] = []
        self.output: Path

    def call(
        self,
        module: str,
        request: Mapping[str, Any],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float,
        python: str = sys.executable,
        preloaded: bool = False,
    ) -> Outcome:
        role = module.rpartition(".")[2]
        case = Case.model_validate(request["case"])
        what = "reference" if request.get("outputs_only") else role
        self.calls.append(f"{what} {case.label}")
        self.seen.append({**request, "env": env, "timeout_s": timeout_s})
        done = store.load_unfinished(self.output).results
        self.journalled.append([result.case.label for result in done])
        answer = self.answers[role].get(case.label, GOOD if role == "worker" else PASSED)
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Outcome) else ended(answer)


class Log:
    """A listener that takes notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def case_started(self, case: Case) -> None:
        self.lines.append(f"start {case.label}")

    def case_finished(self, result: CaseResult) -> None:
        self.lines.append(f"{result.status} {result.case.label}")

    def group_finished(self, results: Sequence[CaseResult]) -> None:
        self.lines.append(f"group of {len(results)}")


class Bench:
    """A runner with its fakes, on ``sample/rms`` with some backends."""

    def __init__(self, folder: Path, worker: Any = None, verifier: Any = None, **given: Any):
        self.launcher = FakeLauncher(worker or {}, verifier or {})
        self.launcher.output = self.output = folder / "run.json"
        self.log = Log()
        config = given.pop("config", {})
        self.runner = Runner(
            config=RunConfig(**{"threads": 1, **config}),
            environment=make_environment(),
            argv=["bench-harness", "run"],
            output=self.output,
            listener=self.log,
            launcher=self.launcher,
            **{"replace": True, **given},
        )

    def run(self, *backends: str, **request: Any) -> RunRecord:
        record = self.runner.run(groups(*backends, **request))
        assert store.load(self.output) == record
        assert not self.output.with_name("run.json.journal").exists()
        return record


def groups(*backends: str, selectors: Sequence[str] = ("sample/rms",), **given: Any) -> list[Group]:
    request = Request(selectors=selectors, backends=backends, **given)
    return make_plan(FOLDERS, request, gpu_present=False)


def statuses(record: RunRecord) -> dict[str, str]:
    return {result.case.label: result.status for result in record.results}


@pytest.fixture(autouse=True)
def everything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cases run wherever the tests do: the processes are fakes anyway."""
    for name in ("numba", "torch", "jax"):
        monkeypatch.setattr(get_adapter(name), "is_installed", lambda: True)
        monkeypatch.setattr(get_adapter(name), "version", lambda: "1")


# -- one case ---------------------------------------------------------------------------------


def test_a_good_case_keeps_everything_that_came_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numpy": {**GOOD, "cut": "cut to 3 runs"}})
    (result,) = bench.run("numpy").results
    assert result.status == "ok"
    assert result.measurements == [make_measurement(sequence=0)]
    assert result.verification is not None
    assert result.verification.reference == "numpy"
    assert [(figure.label, figure.value) for figure in result.figures] == [("RMS", 1.5)]
    assert result.flops == 20.0
    assert result.warnings == ["cut to 3 runs", "a remark"]


def test_what_a_worker_says_of_its_backend_is_in_the_environment(tmp_path: Path) -> None:
    record = Bench(tmp_path).run("numpy", "numba")
    assert record.environment.backends["numba"].version == "1.0"


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (ended({"status": "failed", "reason": "ValueError: x"}), "failed", "ValueError: x"),
        (ended({"status": "wrong", "reason": "shape"}), "wrong", "shape"),
        (ended({"status": "out_of_memory", "reason": "no"}), "out_of_memory", "no"),
        (ended({"status": "unavailable", "reason": "try"}), "unavailable", "try"),
        (ended(None, 3), "crashed", "the worker ended with exit code 3 and no reply"),
        (ended(None, 0), "crashed", "the worker ended with exit code 0 and no reply"),
        (ended(None, -11), "crashed", "the worker was killed by signal SIGSEGV"),
        (ended(None, -9), "crashed", "out-of-memory killer"),
        (ended(None, -6, "what(): std::bad_alloc"), "out_of_memory", "SIGABRT"),
        (ended(None, None), "timeout", "no answer within 600 s (--timeout)"),
        (ended({}), "crashed", "the worker's answer is invalid"),
        (ended({"status": "fine", "reason": ""}), "crashed", "the worker's answer is invalid"),
        (ended({"status": ["ok"]}), "crashed", "the worker's answer is invalid"),
        (ended({"status": "ok"}), "crashed", "the worker's answer is invalid"),
        (ended({**GOOD, "measurement": {}}), "crashed", "the worker's answer is invalid"),
        (ended({**GOOD, "cut": 3}), "crashed", "the worker's answer is invalid"),
        (ended({k: v for k, v in GOOD.items() if k != "cut"}), "crashed", "answer is invalid"),
    ],
)
def test_how_a_worker_ended_decides_the_status(
    tmp_path: Path, outcome: Outcome, status: str, reason: str
) -> None:
    bench = Bench(tmp_path, {"numba": outcome})
    record = bench.run("numpy", "numba", "python")
    assert statuses(record) == {"numpy": "ok", "numba": status, "python": "ok"}
    broken = record.results[2]
    assert reason in str(broken.reason)
    assert broken.measurements == []
    assert "verifier numba" not in bench.launcher.calls


def test_the_last_words_on_stderr_are_kept(tmp_path: Path) -> None:
    record = Bench(tmp_path, {"numba": ended(None, -11, "double free")}).run("numpy", "numba")
    assert record.results[1].details == "double free"


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (WRONG, "wrong", "y"),
        (ended(None, -11), "unchecked", "the verifier was killed by signal SIGSEGV"),
        (ended(None, None), "unchecked", "the verifier was killed at the time limit"),
        ({"verification": {"passed": True, "speed": 3}}, "unchecked", "answer is invalid"),
        ({}, "unchecked", "the verifier's answer is invalid"),
    ],
)
def test_only_a_verdict_makes_a_case_ok(
    tmp_path: Path, outcome: Any, status: str, reason: str
) -> None:
    record = Bench(tmp_path, verifier={"numba": outcome}).run("numpy", "numba")
    assert statuses(record) == {"numpy": "ok", "numba": status}
    assert reason in str(record.results[1].reason)
    assert record.results[1].measurements, "times are kept for diagnosis"


def test_every_worker_gets_cores_threads_and_the_time_limit(tmp_path: Path) -> None:
    bench = Bench(tmp_path, config={"timeout_s": 7.0, "seed": 5})
    bench.run("numba")
    reference, worker, verifier = bench.launcher.seen
    assert worker["env"]["OMP_NUM_THREADS"] == worker["env"]["NUMBA_NUM_THREADS"] == "1"
    assert len(worker["cpus"]) == 1
    assert worker["config"]["seed"] == verifier["seed"] == 5
    assert {call["timeout_s"] for call in bench.launcher.seen} == {7.0}
    assert verifier["reference_path"] == reference["outputs_path"]
    assert verifier["outputs_path"] == worker["outputs_path"] != reference["outputs_path"]


def test_cold_caches_are_new_folders_and_warm_ones_are_kept(tmp_path: Path) -> None:
    cold, warm = Bench(tmp_path), Bench(tmp_path, config={"jit_cache": "warm"})
    cold.run("numpy", "numba")
    warm.run("numpy", "numba")
    workers = [call for call in cold.launcher.seen if "cache_dir" in call]
    folders = [Path(call["cache_dir"]) for call in workers]
    assert len(set(folders)) == len(folders) == 2
    assert not any(folder.exists() for folder in folders)
    assert len({c["cache_dir"] for c in warm.launcher.seen if "cache_dir" in c}) == 1


# -- the reference ----------------------------------------------------------------------------


def test_the_reference_goes_first_and_the_record_keeps_the_order_of_the_plan(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    record = bench.run("python", "numpy", "numba")
    assert [line for line in bench.launcher.calls if line.startswith("worker")] == [
        "worker numpy",
        "worker python",
        "worker numba",
    ]
    assert list(statuses(record)) == ["python", "numpy", "numba"]


def test_a_reference_not_asked_for_is_computed_once_and_not_recorded(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    record = bench.run("python", "numba")
    assert bench.launcher.calls.count("reference numpy") == 1
    assert bench.launcher.calls[0] == "reference numpy"
    assert statuses(record) == {"python": "ok", "numba": "ok"}


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    "outcome", [ended({"status": "failed", "reason": "singular"}), ended(None, -11, "")]
)
def test_without_a_reference_nothing_is_checked(
    tmp_path: Path, asked: bool, outcome: Outcome
) -> None:
    bench = Bench(tmp_path, {"numpy": outcome})
    record = bench.run("numba", *(["numpy"] if asked else []))
    numba = record.results[-1]
    assert numba.status == "unchecked"
    assert "no reference to compare with" in str(numba.reason)
    assert ("singular" in str(numba.reason)) or ("SIGSEGV" in str(numba.reason))
    assert numba.measurements


def test_each_dtype_and_preset_has_its_own_reference(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run("numba", dtypes=("float64", "float32"), presets=("smoke", "default"))
    assert bench.launcher.calls.count("reference numpy") == 4
    assert bench.log.lines.count("group of 1") == 4


# -- processes --------------------------------------------------------------------------------


def reply(first_s: float) -> dict[str, Any]:
    return {**GOOD, "measurement": make_measurement([first_s] * 3).model_dump()}


def test_processes_are_interleaved_and_merged(tmp_path: Path) -> None:
    bench = Bench(
        tmp_path,
        {"numpy": [reply(1.0), reply(2.0)], "numba": [reply(3.0), reply(4.0)]},
        config={"processes": 2},
    )
    numpy, numba = bench.run("numpy", "numba").results
    assert [m.times_s[0] for m in numpy.measurements] == [1.0, 2.0]
    assert [m.times_s[0] for m in numba.measurements] == [3.0, 4.0]
    workers = [line for line in bench.launcher.calls if line.startswith("worker")]
    assert workers == ["worker numpy", "worker numba", "worker numba", "worker numpy"]
    assert [m.sequence for m in (*numpy.measurements, *numba.measurements)] == [0, 3, 1, 2]


def test_one_broken_process_breaks_the_case(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numba": [GOOD, ended(None, -11), GOOD]}, config={"processes": 3})
    assert statuses(bench.run("numpy", "numba")) == {"numpy": "ok", "numba": "crashed"}


def test_the_order_of_later_processes_depends_on_the_seed_only(tmp_path: Path) -> None:
    def order(seed: int) -> list[str]:
        bench = Bench(tmp_path, config={"processes": 3, "seed": seed})
        bench.run()
        return bench.launcher.calls

    assert order(1) == order(1)
    assert order(1) != order(2)


# -- disturbed, warm, alone -------------------------------------------------------------------


def disturbed(share: float) -> dict[str, Any]:
    times = {"wall_time_s": 1.0, "cpu_time_s": 1.0 - share, "foreign_cpu_s": share}
    return {**GOOD, "measurement": make_measurement(**times).model_dump()}


def test_a_disturbed_process_is_measured_again_up_to_a_limit(tmp_path: Path) -> None:
    answers = {"numba": [disturbed(0.5), disturbed(0.4), GOOD], "python": [disturbed(0.5)] * 4}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 3})
    python, numpy, numba = bench.run("python", "numpy", "numba").results
    assert [r.measurements[0].noisy_attempts for r in (python, numpy, numba)] == [3, 0, 2]
    assert [bool(r.warnings[:-1]) for r in (python, numpy, numba)] == [True, False, False]
    assert "contended: other programs used up to 50%" in python.warnings[0]
    assert bench.launcher.calls.count("worker numba") == 3
    assert bench.launcher.calls.count("verifier numba") == 1


def paced(fastest_s: float, median_s: float, rested_s: float) -> dict[str, Any]:
    probes = {"probe_s": fastest_s, "probe_median_s": median_s, "probe_rested_s": rested_s}
    return {**GOOD, "measurement": make_measurement(**probes).model_dump()}


QUIET, SLOWED = paced(1e-4, 1.1e-4, 1e-4), paced(1.6e-4, 1.9e-4, 1.6e-4)
SLOWED_FOR_MOST = paced(1e-4, 1.9e-4, 1e-4)
LOWERED = paced(1.35e-4, 1.6e-4, 1.05e-4)
"""The case slows its own core, by wide vector instructions or threads that spin, till it rests."""


def test_a_process_on_a_core_that_was_slowed_is_measured_again(tmp_path: Path) -> None:
    answers = {"numpy": [QUIET], "numba": [SLOWED, SLOWED_FOR_MOST, QUIET]}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 2})
    numpy, numba = bench.run("numpy", "numba").results
    assert [r.measurements[0].noisy_attempts for r in (numpy, numba)] == [0, 2]
    assert not [w for r in (numpy, numba) for w in r.warnings if w.startswith("slowed")]
    bench = Bench(tmp_path / "told", {"numpy": [QUIET], "numba": [SLOWED]})
    _, numba = bench.run("numpy", "numba").results
    assert "slowed: the core was up to 2 times slower" in numba.warnings[0]


def test_of_disturbed_processes_the_least_disturbed_is_kept_with_its_outputs(
    tmp_path: Path,
) -> None:
    answers = {"numba": [disturbed(0.5), disturbed(0.3), disturbed(0.4)]}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 2})
    numba = bench.run("numba").results[0]
    assert numba.measurements[0].foreign_cpu_s == 0.3
    assert numba.measurements[0].noisy_attempts == 2
    workers = [request for request in bench.launcher.seen if "cpus" in request]
    timed = [request for request in workers if not request["outputs_only"]]
    (judged,) = [request for request in bench.launcher.seen if "truth_path" in request]
    assert judged["outputs_path"] == timed[1]["outputs_path"]
    assert len({request["outputs_path"] for request in timed}) == 3


def test_a_failure_is_told_whatever_disturbed_processes_came_before(tmp_path: Path) -> None:
    answers = {"numba": [disturbed(0.5), ended(None, -11)]}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 2})
    assert statuses(bench.run("numba")) == {"numba": "crashed"}


def test_only_a_repeated_process_waits_for_a_quiet_core(tmp_path: Path) -> None:
    answers = {"numpy": [QUIET], "numba": [SLOWED, QUIET]}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 2})
    bench.run("numpy", "numba")
    workers = [request for request in bench.launcher.seen if "cpus" in request]
    assert [request["quiet_pace_s"] for request in workers] == [None, None, 1.25 * 1.1e-4]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_case_that_slows_its_own_core_is_no_neighbour(tmp_path: Path, threads: int) -> None:
    answers = {"numpy": [QUIET], "numba": [LOWERED]}
    bench = Bench(tmp_path, answers, config={"retry_noisy": 2, "threads": threads})
    record = bench.run("numpy", "numba")
    (measurement,) = record.results[1].measurements
    assert measurement.noisy_attempts == 0
    assert not [warning for warning in record.results[1].warnings if warning.startswith("slowed")]
    assert not slowed(record)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_case_whose_only_process_was_slowed_is_told(tmp_path: Path, threads: int) -> None:
    bench = Bench(tmp_path, {"numpy": [QUIET], "numba": [SLOWED]}, config={"threads": threads})
    record = bench.run("numpy", "numba")
    numpy, numba = record.results
    assert not [warning for warning in numpy.warnings if warning.startswith("slowed")]
    assert any(warning.startswith("slowed") for warning in numba.warnings)
    assert slowed(record) == {numba.case.id}


def test_cases_side_by_side_are_each_other_s_neighbours(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numpy": [QUIET], "numba": [SLOWED]}, config={"jobs": 2})
    record = bench.run("numpy", "numba")
    assert not [w for r in record.results for w in r.warnings if w.startswith("slowed")]
    assert not slowed(record)


def test_without_retries_a_disturbed_process_is_kept_and_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numba": disturbed(0.5)})
    (result,) = bench.run("numba").results
    assert bench.launcher.calls.count("worker numba") == 1
    assert "contended" in result.warnings[0]


def test_a_warm_cache_is_filled_once_before_what_is_measured(tmp_path: Path) -> None:
    bench = Bench(tmp_path, config={"jit_cache": "warm", "processes": 2})
    bench.run("numpy", "numba")
    numba = [line for line in bench.launcher.calls if "numba" in line and "verifier" not in line]
    assert numba == ["reference numba", "worker numba", "worker numba"]
    assert "reference numpy" not in bench.launcher.calls


def test_one_thread_is_measured_and_verified_beside_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numpy": [reply(1.0), reply(2.0)]}, config={"one_thread": True})
    bench.runner.config = bench.runner.config.model_copy(update={"threads": 2})
    (result,) = bench.run("numpy").results
    assert [m.times_s[0] for m in result.measurements] == [1.0]
    assert [m.times_s[0] for m in result.one_thread] == [2.0]
    workers = [c for c in bench.launcher.seen if "cpus" in c]
    assert workers[1]["threads"] == 1
    assert bench.launcher.calls.count("verifier numpy") == 2


@pytest.mark.parametrize(
    ("worker", "verifier"), [([GOOD, ended(None, -11)], PASSED), (GOOD, [PASSED, WRONG])]
)
def test_what_is_wrong_on_one_thread_is_wrong(tmp_path: Path, worker: Any, verifier: Any) -> None:
    bench = Bench(tmp_path, {"numpy": worker}, {"numpy": verifier}, config={"one_thread": True})
    bench.runner.config = bench.runner.config.model_copy(update={"threads": 2})
    (result,) = bench.run("numpy").results
    assert result.status in ("crashed", "wrong")
    assert str(result.reason).startswith("on one thread: ")


def test_more_memory_than_allowed_has_a_status_of_its_own(tmp_path: Path) -> None:
    over = Outcome(None, -9, "", over_memory=True)
    bench = Bench(tmp_path, {"numba": over}, config={"memory_limit_bytes": 2**30})
    (result,) = bench.run("numba").results
    assert result.status == "out_of_memory"
    assert result.reason == "had more than 1.0 GiB resident (--memory-limit)"


# -- stopping, journal, resume ----------------------------------------------------------------


def test_fail_fast_stops_after_the_first_broken_case(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"python": ended(None, 3)}, fail_fast=True)
    record = bench.run("numpy", "python", "numba", presets=("smoke", "default"))
    assert statuses(record) == {"python": "crashed", "numpy": "ok"}


def test_stop_ends_the_run_after_the_case_in_flight(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.runner.stop = lambda: len(bench.log.lines) >= 2
    record = bench.run("numpy", "python", "numba")
    assert statuses(record) == {"numpy": "ok"}
    assert record.finished_at is not None


def test_a_finished_case_is_on_the_disk_before_the_next_one_starts(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run("numpy", "python", "numba")
    known = dict(zip(bench.launcher.calls, bench.launcher.journalled, strict=True))
    assert known["worker numpy"] == []
    assert known["worker python"] == ["numpy"]
    assert known["worker numba"] == ["numpy", "python"]


def test_what_cannot_run_is_recorded_and_never_started(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    record = bench.run("numpy", "torch", selectors=("sample/shift",))
    assert statuses(record) == {"numpy": "ok", "numpy.twice": "ok", "torch": "unsupported"}
    assert not any("torch" in line for line in bench.launcher.calls + bench.log.lines)


def test_an_interrupt_leaves_a_record_of_what_was_finished(tmp_path: Path) -> None:
    bench = Bench(tmp_path, {"numba": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        bench.run("numpy", "numba")
    assert statuses(store.load(bench.output)) == {"numpy": "ok"}


# -- several cases at a time ------------------------------------------------------------------


def test_groups_go_side_by_side_and_are_told_in_the_order_of_the_plan(tmp_path: Path) -> None:
    later_ended = threading.Event()

    def waits() -> dict[str, Any]:
        assert later_ended.wait(PATIENCE_S)
        time.sleep(0.2)  # its group has more to do after the worker has answered
        return GOOD

    def ends() -> dict[str, Any]:
        later_ended.set()
        return GOOD

    bench = Bench(tmp_path, {"numba": waits, "numpy.twice": ends}, config={"jobs": 2})
    record = bench.run("numpy", "numba", selectors=("sample/rms", "sample/shift"))
    told = [line for line in bench.log.lines if line.startswith("group")]
    assert told == ["group of 2", "group of 3"]
    kernels = [(result.case.kernel, result.status) for result in record.results]
    assert kernels == [("rms", "ok")] * 2 + [("shift", "ok")] * 2 + [("shift", "unsupported")]


def test_an_interrupt_of_one_case_ends_the_one_beside_it_unrecorded(tmp_path: Path) -> None:
    other_runs = threading.Event()

    def runs() -> KeyboardInterrupt:
        """As the launcher does, once it is told to stop."""
        other_runs.set()
        end = time.monotonic() + PATIENCE_S
        while not bench.launcher.stopped:
            assert time.monotonic() < end
            time.sleep(0.01)
        return KeyboardInterrupt()

    def is_interrupted() -> KeyboardInterrupt:
        assert other_runs.wait(PATIENCE_S)
        return KeyboardInterrupt()

    worker = {"numba": runs, "python": is_interrupted}
    bench = Bench(tmp_path, worker, config={"jobs": 2})
    with pytest.raises(KeyboardInterrupt):
        bench.run("numpy", "numba", "python", "torch")
    assert bench.launcher.stopped
    assert statuses(store.load(bench.output)) == {"numpy": "ok"}


def known(*results: CaseResult) -> dict[str, CaseResult]:
    return {result.case.id: result for result in results}


def rms(label: str, status: str = "ok", **changed: Any) -> CaseResult:
    case = make_case(label, params={"n": 1000}, **changed)
    return make_result(status=status, case=case)


def test_a_resumed_run_keeps_what_is_ok_and_measures_the_rest(tmp_path: Path) -> None:
    finished = known(rms("numpy"), rms("python", "wrong"))
    bench = Bench(tmp_path, finished=finished)
    record = bench.run("numpy", "python", "numba")
    assert statuses(record) == {"python": "ok", "numpy": "ok", "numba": "ok"}
    assert record.results[1] == finished["sample/rms/default/numpy/cpu/float64"]
    workers = [line for line in bench.launcher.calls if "verifier" not in line]
    assert workers == ["reference numpy", "worker python", "worker numba"]


def test_a_run_that_is_complete_starts_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, finished=known(rms("numpy"), rms("numba")))
    assert statuses(bench.run("numpy", "numba")) == {"numpy": "ok", "numba": "ok"}
    assert bench.launcher.calls == []


def test_a_case_of_the_same_name_and_other_parameters_is_measured_again(tmp_path: Path) -> None:
    other = rms("numpy").model_copy(update={"case": make_case("numpy", params={"n": 7})})
    bench = Bench(tmp_path, finished=known(other))
    assert bench.run("numpy").results[0].case.params == {"n": 1000}
    assert "worker numpy" in bench.launcher.calls


def test_a_case_with_too_few_processes_is_measured_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, finished=known(rms("numpy")), config={"processes": 2})
    assert len(bench.run("numpy").results[0].measurements) == 2


@pytest.mark.parametrize("interrupted", [True, False])
def test_nothing_of_the_resumed_record_is_lost(tmp_path: Path, interrupted: bool) -> None:
    elsewhere = rms("jax", preset="smoke")
    finished = known(rms("python", "failed"), rms("numba"), elsewhere)
    bench = Bench(tmp_path, {"python": KeyboardInterrupt()} if interrupted else {})
    bench.runner.finished = finished
    if interrupted:
        with pytest.raises(KeyboardInterrupt):
            bench.run("numpy", "python", "numba")
    else:
        bench.run("numpy", "python", "numba")
    record = store.load(bench.output)
    assert {"numpy", "python", "numba", "jax"} == set(statuses(record))
    assert elsewhere in record.results
    assert statuses(record)["python"] == ("failed" if interrupted else "ok")
