"""``bench-harness run`` from end to end, and everything it refuses before measuring."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bench_harness import store
from bench_harness.backends import NAMES, get_adapter
from bench_harness.model import RunRecord
from tests.cli.command import COMMAND, MISBEHAVING, QUICK, SUITES, call
from tests.cli.conftest import Refused
from tests.conftest import skip_or_fail

RMS = ["run", "sample/rms/smoke", "--suites", SUITES]
FAST = ["--backends", "python,numpy", *QUICK]

# -- one good run -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def done(folder: Path) -> CompletedProcess[str]:
    """Run two kernels on three backends once."""
    if not get_adapter("numba").is_installed():
        skip_or_fail("numba", "numba is not installed")
    words = ["run", "sample/rms/smoke", "sample/shift/smoke", "--suites", SUITES]
    words += ["--backends", "python,numpy,numba", "--seed", 3, *QUICK]
    return call(*words, "--output", "out/run.json", "--report", "out/report.md", cwd=folder)


@pytest.fixture(scope="module")
def record(done: CompletedProcess[str], folder: Path) -> RunRecord:
    assert done.returncode == 0, done.stderr
    return store.load(folder / "out/run.json")


def test_the_record_says_what_was_asked_and_where(record: RunRecord) -> None:
    assert record.argv[:3] == ["bench-harness", "run", "sample/rms/smoke"]
    assert record.config.model_dump(include={"warmup_runs", "timed_runs", "threads", "seed"}) == {
        "warmup_runs": 1,
        "timed_runs": 3,
        "threads": 1,
        "seed": 3,
    }
    assert record.finished_at is not None
    environment = record.environment
    assert environment.cpu.usable_cores >= 1
    assert {"numpy", "numba", "bench-harness"} <= set(environment.packages)
    assert environment.backends["numpy"].usable
    assert environment.backends["numpy"].thread_pools


def test_every_case_was_measured_and_verified(record: RunRecord) -> None:
    found = {result.case.id.removeprefix("sample/"): result.status for result in record.results}
    assert found == {
        "rms/smoke/python/cpu/float64": "ok",
        "rms/smoke/numpy/cpu/float64": "ok",
        "rms/smoke/numba/cpu/float64": "ok",
        "shift/smoke/python/cpu/float64": "ok",
        "shift/smoke/numpy/cpu/float64": "ok",
        "shift/smoke/numpy.twice/cpu/float64": "ok",
        "shift/smoke/numba/cpu/float64": "unsupported",
    }
    for result in record.results:
        if result.status == "ok":
            (measurement,) = result.measurements
            assert len(measurement.times_s) == 3
            assert len(measurement.warmup_times_s) == 1
            assert measurement.first_call_s > 0
            assert result.verification is not None
            assert result.verification.outputs


@pytest.mark.parametrize(("asked", "budget_s"), [((), 5.0), (("--time-budget", "7"), 7.0)])
def test_a_smoke_run_takes_all_cores_and_little_time(
    asked: tuple[str, ...], budget_s: float, tmp_path: Path
) -> None:
    words = ["run", "sample/rms", "--suites", SUITES, "--backends", "numpy", "--presets", "smoke"]
    assert call(*words, *asked, "--output", "run.json", cwd=tmp_path).returncode == 0
    config = store.load(tmp_path / "run.json").config
    assert config.time_budget_s == budget_s
    assert config.jobs * config.threads == len(os.sched_getaffinity(0))
    assert config.threads == 1


def test_a_headline_run_takes_little_time_and_one_case_at_a_time(tmp_path: Path) -> None:
    words = ["run", "sample/rms", "--suites", SUITES, "--backends", "numpy", "--headline"]
    assert call(*words, "--output", "run.json", cwd=tmp_path).returncode == 0
    config = store.load(tmp_path / "run.json").config
    assert config.time_budget_s == 5.0
    assert config.jobs == 1


def test_all_backends_computed_from_the_same_bits(record: RunRecord) -> None:
    rms = [r for r in record.results if r.case.kernel == "rms"]
    assert len({r.measurements[0].inputs_digest for r in rms}) == 1


def test_the_parts_of_a_worker_s_life_sum_to_what_the_parent_saw(record: RunRecord) -> None:
    for result in record.results:
        for measurement in result.measurements:
            parts, wall = measurement.phases_s, measurement.worker_wall_s
            assert wall is not None
            assert sum(parts.values()) == pytest.approx(wall, rel=0.03)
            assert set(parts) >= {
                *("interpreter", "import", "init", "inputs", "to_device", "load", "first_call"),
                *("warmup", "steady", "to_host", "checks", "exit", "harness"),
            }
            # What has no name of its own is small, and so cannot hide a part that has.
            assert parts["harness"] + parts["exit"] < 1.0


def test_a_compiled_first_call_says_how_long_it_compiled(record: RunRecord) -> None:
    for result in record.results:
        for measurement in result.measurements:
            stages = measurement.first_call_stages_s
            assert set(stages) == ({"compile"} if result.case.backend == "numba" else set())
            assert sum(stages.values()) <= measurement.first_call_s


def test_numba_did_not_compile_in_the_steady_state(record: RunRecord) -> None:
    numba = record.result("sample/rms/smoke/numba/cpu/float64")
    assert numba is not None
    assert numba.measurements[0].compilations_in_steady_state == 0


def test_the_table_has_the_shape_of_the_snapshots(done: CompletedProcess[str]) -> None:
    lines = done.stdout.splitlines()
    start = lines.index("### sample/rms/smoke (float64)")
    head, rule, *rows = (line for line in lines[start + 2 : start + 7])
    cells = [cell.strip() for cell in head.strip("|").split("|")]
    assert cells[:6] == [
        *("Backend", "First Call [ms]", "Steady Mean [ms]", "Steady Median [ms]"),
        *("Speedup", "Verified"),
    ]
    assert set(cells[6:]) == {"RMS", "GFLOP/s", "Of Roof"}
    assert re.fullmatch(r"\|:-+\|(-+:\|){4}:-+\|(-+:\|){3}", rule)
    assert [row.split("|")[1].strip() for row in rows] == ["`python`", "`numpy`", "`numba`"]
    numpy = [cell.strip() for cell in rows[1].strip("|").split("|")]
    assert numpy[4:6] == ["1.0x", "reference"]
    assert all(re.fullmatch(r"\d+(\.\d+)?", cell) for cell in numpy[1:4])
    assert re.fullmatch(r"\d\.\d{3}", numpy[cells.index("RMS")])


def test_the_environment_stands_above_the_tables_and_progress_on_stderr(
    done: CompletedProcess[str],
) -> None:
    assert done.stdout.startswith("* Host: ")
    assert "[1/6] sample/rms/smoke/numpy/cpu/float64 ok" in done.stderr
    assert "[6/6]" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert "Record: out/run.json" in done.stderr


def test_the_report_is_what_the_report_command_writes(folder: Path, record: RunRecord) -> None:
    again = call("report", "out/run.json", cwd=folder)
    assert again.returncode == 0
    assert again.stdout.strip() == (folder / "out/report.md").read_text().strip()
    assert f"--seed {record.config.seed}" in again.stdout


@pytest.mark.slow
def test_every_backend_runs_the_sample(tmp_path: Path) -> None:
    done = call(
        "run", "sample/rms/smoke", "--suites", SUITES, *QUICK, "--output", "r", cwd=tmp_path
    )
    found = {r.case.label: (r.status, r.reason) for r in store.load(tmp_path / "r").results}
    # cupy runs what is written once against the array protocol, and the sample has none.
    assert set(found) == {*NAMES, "torch.compile"} - {"cupy"}
    for label, (status, reason) in found.items():
        installed = get_adapter(label.partition(".")[0]).is_installed()
        assert status == ("ok" if installed else "unavailable"), f"{label}: {reason}"
    assert done.returncode == 0


def test_a_tolerance_that_was_given_replaces_the_budget_and_is_recorded(tmp_path: Path) -> None:
    words = ["run", "faults/pair/smoke/numpy.wrong", "--suites", MISBEHAVING, *QUICK]
    assert call(*words, "--rtol", "1e-6", "--output", "run.json", cwd=tmp_path).returncode == 0
    record = store.load(tmp_path / "run.json")
    assert record.config.rtol == 1e-6
    assert record.results[0].status == "ok"
    assert call(*words, "--output", "strict.json", cwd=tmp_path).returncode == 1


# -- exit codes -------------------------------------------------------------------------------


def test_nothing_measured_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    words = ["run", "sample/shift/smoke", "--suites", SUITES, "--backends", "torch", *QUICK]
    done = call(*words, "--output", "run.json", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    assert [r.status for r in store.load(tmp_path / "run.json").results] == ["unsupported"]


def test_fail_fast_leaves_the_rest(tmp_path: Path) -> None:
    words = ["run", "faults/pair/smoke/numpy.ex*", "--suites", MISBEHAVING, "--fail-fast"]
    done = call(*words, *QUICK, "--output", "run.json", cwd=tmp_path)
    assert done.returncode == 1
    assert [r.status for r in store.load(tmp_path / "run.json").results] == ["crashed"]


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--backends", "jx"], ["'jx'", "Did you mean 'jax'?", "numba"]),
        (["--backends", "numpy,,jax"], ["empty name"]),
        (["--presets", "spa"], ["'spa'", "default, huge, smoke, sweep"]),
        (["--devices", "banana"], ["'banana'", "cpu, cuda, cuda:<index>"]),
        (["--dtypes", "half"], ["'half'", "float32, float64"]),
        (["--set", "m=3"], ["no parameter 'm'", "n, offset"]),
        (["--set", "n"], ["NAME=VALUE"]),
        (["--set", "n=0"], ["n=0 must be at least 1"]),
        (["--headline", "--presets", "smoke"], ["--headline", "--presets"]),
        (["--threads", "100000"], ["--threads 100000", "cores"]),
        (["--timed-runs", "0"], ["--timed-runs"]),
        (["--resume", "a.json", "--output", "b.json"], ["--resume", "--output"]),
        (["--resume", "missing.json"], ["missing.json cannot be read"]),
        (["--output", "."], ["'.' is a directory"]),
        (
            ["--output", "file/run.json"],
            ["file/run.json cannot be written", "nothing was measured"],
        ),
        (["--report", "file/r.md", "--output", "new.json"], ["file/r.md cannot be written"]),
        (["--report", "file/r.md"], ["file/r.md cannot be written"]),
        (["--report", "new.json", "--output", "new.json"], ["--report and --output are both"]),
        (["--output", "old.json"], ["old.json exists", "--resume", "--overwrite"]),
        (["--suites", "nowhere"], ["There is no folder nowhere"]),
        (["--suites", "."], ["No kernel was found"]),
        (["--no-such-option"], ["--no-such-option"]),
    ],
)
def test_what_is_impossible_is_refused_before_anything_runs(
    words: list[str], parts: list[str], tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "old.json").write_text("old")
    selector = [] if "--suites" in words else ["sample/rms", "--suites", str(SUITES)]
    error = refused("run", *selector, *words)
    for part in parts:
        assert part in error
    assert {file.name for file in tmp_path.iterdir()} == {"file", "old.json"}
    assert (tmp_path / "old.json").read_text() == "old"


@pytest.mark.parametrize("selector", ["lapsim", "sample/rsm", "sample/rms/sp", "sample/*/*/jx"])
def test_a_selector_without_a_match_is_refused(selector: str, refused: Refused) -> None:
    error = refused("run", selector, "--suites", SUITES)
    assert "Choose from" in error or "Nothing matches" in error


def test_debug_shows_the_traceback_wherever_it_stands(tmp_path: Path) -> None:
    for words in (["--debug", "run"], ["run", "--debug"]):
        done = call(*words, "--backends", "jx", cwd=tmp_path)
        assert done.returncode == 2
        assert "Traceback" in done.stderr
        assert "Error: Backend 'jx' is unknown." in done.stderr


def test_an_old_record_may_be_replaced_on_purpose(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("old")
    words = [*RMS, "--backends", "numpy", *QUICK, "--output", "run.json", "--overwrite"]
    assert call(*words, cwd=tmp_path).returncode == 0
    assert store.load(tmp_path / "run.json").results[0].status == "ok"


# -- progress ---------------------------------------------------------------------------------


def test_quiet_says_nothing_of_progress(tmp_path: Path) -> None:
    done = call(*RMS, "--backends", "numpy", *QUICK, "--quiet", cwd=tmp_path)
    assert done.returncode == 0
    assert "[1/1]" not in done.stderr
    assert "### sample/rms/smoke" in done.stdout
    assert re.fullmatch(r"Record: results/\S+/\d{8}T\d{6}Z\.json\n", done.stderr)


def test_a_terminal_gets_a_bar_and_stdout_stays_plain(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    words = [*COMMAND, *map(str, RMS), *FAST, "--output", "run.json"]
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    ) as process:
        os.close(slave)
        seen = _drain(master)
        assert process.stdout is not None
        stdout = process.stdout.read()
    assert process.returncode == 0
    assert b"\x1b[" in seen
    assert "━" in seen.decode(errors="replace")
    assert b"0/2" in seen
    assert b"[1/2]" not in seen
    assert b"\x1b" not in stdout


def _drain(descriptor: int) -> bytes:
    """Return everything written to a terminal until the other side closes it."""
    parts = []
    while True:
        try:
            part = os.read(descriptor, 4096)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts)


def test_the_record_is_json_with_the_documented_keys(folder: Path, record: RunRecord) -> None:
    data = json.loads((folder / "out/run.json").read_text())
    assert len(record.results) == len(data["results"])
    assert set(data["results"][0]["case"]) == {
        *("id", "suite", "kernel", "preset", "params", "backend", "variant", "device", "dtype")
    }
    assert {
        "first_call_ms",
        "steady_mean_ms",
        "steady_median_ms",
        "steady_ci95_ms",
        "jit_ms",
    } <= set(data["results"][0]["summary"])
