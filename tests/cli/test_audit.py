"""The trust audit: planted deceptions are named, an honest case passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_harness.audit import Audit, _check_ceilings, _check_waiting
from bench_harness.cli import BROKEN_CASE, OK, main
from bench_harness.model import Case

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
    path = suite(tmp_path, **{label: text})
    selected = label.replace("__", ".")
    arguments = ["audit", "--suites", str(path), "--backends", selected, "--threads", "1"]
    assert main(arguments) == BROKEN_CASE
    assert finding in capsys.readouterr().out


def test_an_impossible_rate_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = suite(tmp_path, flops="10**12")
    assert main(["audit", "--suites", str(path), "--threads", "1"]) == BROKEN_CASE
    assert "is more than the" in capsys.readouterr().out


def audited() -> Audit:
    return Audit(Case(suite="s", kernel="k", preset="default", params={}, backend="jax"))


def test_results_that_come_late_are_named() -> None:
    late, honest = audited(), audited()
    _check_waiting(late, {"same_s": 1e-4, "reread_s": 1e-5, "read_s": 5e-2})
    _check_waiting(honest, {"same_s": 1e-4, "reread_s": 5e-2, "read_s": 5e-2})
    assert "does not wait for all" in late.findings[0]
    assert not honest.findings


def test_ceilings_that_are_not_known_are_not_asked() -> None:
    audit = audited()
    _check_ceilings(audit, 1.0, {"flops": 1e30, "nbytes": 1e30}, {})
    assert audit.unanswered
    assert not audit.findings
