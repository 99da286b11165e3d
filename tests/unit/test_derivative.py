"""Gradients are judged by differences at a step that a sweep finds; wrong ones are caught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench_harness.kernel import Gradient, output_weights
from bench_harness.verify.derivative import central_difference, judge
from bench_harness.verify.verifier import _between_backends

POINT = {"x": np.array([0.37, -1.91, 2.63]), "a": 1.73}
GRADIENT = Gradient(output="y", wrt=("x", "a"))


def function(changed: dict[str, object]) -> float:
    """Return sum sin(a x) at a point with some inputs changed."""
    given = {**POINT, **changed}
    return float(np.sum(np.sin(given["a"] * given["x"])))


def exact() -> dict[str, np.ndarray]:
    x, a = POINT["x"], POINT["a"]
    return {"x": a * np.cos(a * x), "a": np.sum(x * np.cos(a * x))}


def test_an_exact_gradient_passes() -> None:
    reports = judge(GRADIENT, exact(), POINT, function)
    assert [report.name for report in reports] == ["x", "a"]
    assert all(report.passed for report in reports)
    assert max(report.rel_err for report in reports) < 1e-8


@pytest.mark.parametrize(
    "fault",
    [
        lambda g: {**g, "x": -g["x"]},
        lambda g: {**g, "a": np.array(0.0)},
        lambda g: {**g, "x": g["x"] * np.array([1, 1, 0])},
        lambda g: {**g, "a": g["a"] * (1 + 1e-5)},
        lambda g: {**g, "a": np.array(np.nan)},
    ],
    ids=["sign", "detached", "missing term", "off by 1e-5", "not a number"],
)
def test_a_wrong_gradient_fails(fault: object) -> None:
    assert callable(fault)
    reports = judge(GRADIENT, fault(exact()), POINT, function)
    failed = [report for report in reports if not report.passed]
    assert len(failed) == 1
    assert failed[0].problem


def test_two_backends_are_compared_with_each_other(tmp_path: Path) -> None:
    first = tmp_path / "first.npz"
    assert _between_backends({"x": np.array([2.0, 7.0])}, first, right=False) is None
    assert not first.exists()
    assert _between_backends({"x": np.array([1.0, 2.0])}, first, right=True) is None
    difference = _between_backends({"x": np.array([1.0, 2.1])}, first, right=True)
    assert difference == pytest.approx(0.05)


def test_the_step_lies_at_the_bottom_of_the_v() -> None:
    slope, step, uncertainty = central_difference(lambda h: np.exp(1 + h), 1.0)
    assert slope == pytest.approx(np.e, rel=1e-9)
    assert 1e-7 < step < 1e-3
    assert uncertainty < 1e-8


def test_weights_let_no_entry_cancel() -> None:
    assert output_weights(()).shape == ()
    assert np.array_equal(output_weights((1,)), [1.0])
    weights = output_weights((50, 3))
    assert weights.shape == (50, 3)
    assert np.unique(weights).size == weights.size
