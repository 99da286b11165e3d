"""The trust audit: planted deceptions are named, an honest case passes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench_harness.audit import _confirmed_doubts, _doubts_of_times, _unasked_of_times
from bench_harness.backends import get_adapter
from bench_harness.cli import BROKEN_CASE, OK, main
from bench_harness.model import Case
from tests.conftest import skip_or_fail

KERNEL = """
from bench_harness import Kernel

def make_inputs(rng, dtype, *, n):
    return {"x": rng.standard_normal(n).astype(dtype)}

KERNEL = Kernel(
    title="Total",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 1000}, "default": {"n": 1000}},
    outputs=("total",),
    flops=lambda n: FLOPS,
    nbytes=lambda n: 8 * n,
)
"""
HONEST = "import numpy as np\n\ndef total(x):\n    return np.sum(np.exp(x))\n"
CACHED = """
import numpy as np

KEPT = {}

def total(x):
    if "total" not in KEPT:
        KEPT["total"] = np.sum(np.exp(x))
    return KEPT["total"]
"""
KEPT_BY_IDENTITY = """
import numpy as np

KEPT = []

def total(x):
    if not KEPT or KEPT[0] is not x:
        KEPT[:] = [x, np.sum(np.exp(np.sort(x)))]
    return KEPT[1]
"""
COMPILED_ANEW = """
import numpy as np
from numba import njit

def total(x):
    @njit
    def add(x):
        s = 0.0
        for value in x:
            s += np.exp(value)
        return s

    return add(x)
"""


def suite(folder: Path, flops: str = "2 * n", **files: str) -> Path:
    """Write a suite with one kernel and the implementations given by label."""
    kernel = folder / "suites" / "sample" / "total"
    kernel.mkdir(parents=True)
    (kernel / "kernel.py").write_text(KERNEL.replace("FLOPS", flops))
    for label, text in {"numpy": HONEST, **files}.items():
        (kernel / f"total_{label}.py").write_text(text)
    return folder / "suites"


def test_an_honest_case_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--suites", str(suite(tmp_path)), "--threads", "1"]) == OK
    assert "1 cases audited, 0 doubtful" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("label", "text", "finding"),
    [
        ("numpy__cached", CACHED, "returned the same bits for other inputs"),
        ("numpy__kept", KEPT_BY_IDENTITY, "something is kept from call to call"),
        ("numba", COMPILED_ANEW, "compiles again in steady state"),
    ],
)
def test_a_deception_is_named(
    label: str, text: str, finding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if label == "numba" and not get_adapter("numba").is_installed():
        skip_or_fail("numba", "numba is not installed")
    path = suite(tmp_path, **{label: text})
    selected = label.replace("__", ".")
    arguments = ["audit", "--suites", str(path), "--backends", selected, "--threads", "1"]
    assert main(arguments) == BROKEN_CASE
    assert finding in capsys.readouterr().out


def test_an_impossible_rate_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = suite(tmp_path, flops="10**12")
    assert main(["audit", "--suites", str(path), "--threads", "1"]) == BROKEN_CASE
    assert "is more than the" in capsys.readouterr().out


CASE = Case(suite="s", kernel="k", preset="default", params={}, backend="jax")
TIMES = {
    **{"depends_on_seed": True, "same_s": 1e-4, "rotated_s": 1e-4, "inputs_s": 1e-6},
    **{"read_s": 5e-2, "reread_s": 5e-2},
}
IMPOSSIBLE = {"flops": 1e30, "nbytes": 1e30}
CEILINGS = {"flops_per_s": 1e10, "bytes_per_s": 1e10}


@pytest.mark.parametrize(
    ("changed", "counts", "kind"),
    [
        ({"rotated_s": 1e-3}, {}, "cached"),
        ({"reread_s": 1e-5}, {}, "waiting"),
        ({}, {"flops": 1e30}, "flops"),
        ({}, {"nbytes": 1e30}, "nbytes"),
    ],
)
def test_times_that_cannot_be_true_are_doubted(
    changed: dict[str, float], counts: dict[str, float], kind: str
) -> None:
    assert not _doubts_of_times(CASE, TIMES, {"flops": 1.0, "nbytes": 1.0}, CEILINGS)
    assert list(_doubts_of_times(CASE, {**TIMES, **changed}, counts, CEILINGS)) == [kind]


def test_ceilings_that_are_not_known_are_not_asked() -> None:
    assert not _doubts_of_times(CASE, TIMES, IMPOSSIBLE, {})
    assert _unasked_of_times(CASE, IMPOSSIBLE, {})
    assert not _unasked_of_times(CASE, IMPOSSIBLE, CEILINGS)


class Replies:
    """Workers whose processes answer as told."""

    def __init__(self, reply: dict[str, object]) -> None:
        self.reply = reply

    def call(self, *_: object) -> Any:
        return SimpleNamespace(reply=self.reply)


@pytest.mark.parametrize(
    ("again", "confirmed"),
    [
        ({"status": "ok", **TIMES}, False),
        ({"status": "ok", **TIMES, "rotated_s": 1e-3}, True),
        ({"status": "failed"}, True),
    ],
)
def test_a_doubt_of_times_counts_if_a_second_process_has_it(
    again: dict[str, object], confirmed: bool
) -> None:
    planned: Any = SimpleNamespace(case=CASE)
    workers: Any = Replies(again)
    first = {**TIMES, "rotated_s": 1e-3}
    found = _confirmed_doubts(planned, workers, [], first, {}, CEILINGS)
    assert bool(found) == confirmed
