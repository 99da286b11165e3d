"""The commands beside ``run``: list, doctor, check, new, report, and everybody's help."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench_harness import store
from bench_harness.backends import NAMES
from bench_harness.cli import COMMANDS, main
from tests.cli.command import COMMAND, DATA, MISBEHAVING, SUITES, call
from tests.cli.conftest import Refused
from tests.factories import make_record, make_result


def spoken(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run a command in this process and return what it printed."""
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


# -- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = spoken(capsys, command, "--help")
    assert "Examples:" in text
    assert f"bench-harness {command}" in text.partition("Examples:")[2]


def test_the_main_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    text = spoken(capsys, "--help")
    assert all(f"  {command} " in text for command in COMMANDS)
    listed = text.partition("Exit codes:")[2].splitlines()
    assert [line.split()[0] for line in listed if line] == ["0", "1", "2", "3", "4", "130"]


def test_an_unknown_command_is_refused(refused: Refused) -> None:
    assert "'runn'" in refused("runn")


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{' '.join(COMMAND)} list --suites '{SUITES}' --json | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "[\n"
    assert done.stderr == ""


# -- list -------------------------------------------------------------------------------------


def test_list_shows_kernels_presets_and_implementations(capsys: pytest.CaptureFixture[str]) -> None:
    text = spoken(capsys, "list", "--suites", SUITES)
    row = next(line for line in text.splitlines() if "`sample/rms`" in line)
    assert "smoke, default, sweep, huge" in row
    assert "python, numpy, numba, torch, torch.compile, jax, cupynumeric" in row


def test_list_as_json_has_every_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    (rms,) = json.loads(spoken(capsys, "list", "sample/rms", "--suites", SUITES, "--json"))
    assert rms["id"] == "sample/rms"
    assert rms["presets"]["sweep"] == {"n": [10, 20], "offset": 2.0}
    assert rms["headline"] == ["smoke"]
    assert rms["outputs"] == ["rms"]


def test_list_of_what_does_not_exist_is_refused(refused: Refused) -> None:
    assert "rms, seen, shift" in refused("list", "sample/nothing", "--suites", SUITES)


# -- doctor -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_doctor_tells_of_every_backend_whether_it_can_be_used(tmp_path: Path) -> None:
    done = call("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["backends"]) == set(NAMES)
    for name, info in found["backends"].items():
        assert info["usable"] or info["reason"], name
    assert found["backends"]["numpy"]["usable"]
    assert found["backends"]["numpy"]["thread_pools"]
    assert found["clock"]["read_s"] > 0
    assert found["cpu"]["model"]


# -- check and new ----------------------------------------------------------------------------


def test_check_passes_a_good_kernel(tmp_path: Path) -> None:
    done = call("check", SUITES / "sample/rms", "--backends", "python,numpy", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 kernel, 2 implementations checked, 0 broken." in done.stdout
    assert "ok           sample/rms/smoke/numpy/cpu/float64" in done.stdout


def test_check_names_what_is_wrong_with_a_broken_one(tmp_path: Path) -> None:
    done = call("check", MISBEHAVING, "--backends", "numpy.raises,numpy.dtype", cwd=tmp_path)
    assert done.returncode == 1
    assert "2 broken." in done.stdout
    assert "failed       faults/pair/smoke/numpy.raises/cpu/float64: ArithmeticError" in done.stdout
    assert 'raise ArithmeticError("no convergence after 7 steps")' in done.stdout
    assert "wrong        faults/pair/smoke/numpy.dtype/cpu/float64: plus: has dtype" in done.stdout


def test_check_refuses_a_folder_that_breaks_the_contract(tmp_path: Path, refused: Refused) -> None:
    folder = tmp_path / "own/stats/rms"
    folder.mkdir(parents=True)
    (folder / "kernel.py").write_text("KERNEL = 3\n")
    (folder / "rms_numpy.py").write_text("")
    assert "must define KERNEL = Kernel(...); it has 3" in refused("check", "own")
    (folder / "rms_tensorflow.py").write_text("")
    assert "rms_tensorflow.py names no backend" in refused("check", "own")


def test_new_check_and_run_work_from_any_folder(tmp_path: Path) -> None:
    new = call("new", "own/stats/rms", cwd=tmp_path)
    assert new.returncode == 0, new.stderr
    written = {path.name for path in (tmp_path / "own/stats/rms").iterdir()}
    assert written == {"kernel.py", "rms_numpy.py", "rms_torch.py"}
    check = call("check", "own", "--backends", "numpy", cwd=tmp_path)
    assert check.returncode == 0, check.stdout
    words = ["run", "--suites", "own", "--backends", "numpy", "--timed-runs", 2]
    run = call(*words, "--output", "run.json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    (result,) = store.load(tmp_path / "run.json").results
    assert (result.case.id, result.status) == ("stats/rms/default/numpy/cpu/float64", "ok")


@pytest.mark.parametrize("path", ["rms", "stats/rms", "own/my-stats/rms", "own/stats/2nd", "taken"])
def test_new_refuses_places_that_are_none(path: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "taken").write_text("")
    target = "own/taken/rms" if path == "taken" else path
    (tmp_path / "own/taken/rms").mkdir(parents=True)
    assert path.rpartition("/")[2] in refused("new", target)


# -- report -----------------------------------------------------------------------------------


def test_report_renders_records_one_after_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        store.save(make_record(make_result(), run_id=name), tmp_path / f"{name}.json")
    text = spoken(capsys, "report", tmp_path / "one.json", tmp_path / "two.json")
    assert text.count("# Benchmark report: quiet") == 2
    short = spoken(capsys, "report", tmp_path / "one.json", "--no-verification")
    assert "## Verification" not in short


@pytest.mark.parametrize(
    ("text", "part"),
    [("{", "is not a bench-harness record"), ("{}", "no schema_version"), (None, "cannot be read")],
)
def test_report_of_what_is_no_record_is_refused(
    text: str | None, part: str, tmp_path: Path, refused: Refused
) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    assert part in refused("report", "run.json")


def test_report_writes_what_is_asked_for_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("plotly")
    record = DATA / "record.json"
    page, table = tmp_path / "out/page.html", tmp_path / "out/cases.csv"
    assert spoken(capsys, "report", record, "--html", page, "--csv", table) == ""
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(table.read_text(encoding="utf-8").splitlines()) > 14
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"page.html", "cases.csv"}


def test_report_writes_over_no_record(refused: Refused, tmp_path: Path) -> None:
    content = store.dump(make_record(make_result()))
    (tmp_path / "run.json").write_text(content)
    for option in ("--markdown", "--html", "--csv"):
        assert "is a record to be read" in refused("report", "run.json", option, "./run.json")
    assert (tmp_path / "run.json").read_text() == content
    assert "without --html" in refused("report", "run.json", "--ratios", "--html", "page.html")


def test_report_writes_the_golden_file(tmp_path: Path) -> None:
    output = tmp_path / "report.md"
    done = call("report", DATA / "record.json", "--output", output, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    golden = DATA.parent / "golden/report.md"
    assert output.read_text().strip() == golden.read_text().strip(), (
        "run: python -m tests.regenerate"
    )
