"""Gradients are judged by differences at a step that a sweep finds; wrong ones are caught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench_harness.kernel import Gradient, output_weights
from bench_harness.verify.derivative import central_difference, complex_step, judge
from bench_harness.verify.verifier import _between_backends

POINT = {"x": np.array([0.37, -1.91, 2.63]), "a": 1.73}
GRADIENT = Gradient(output="y", wrt=("x", "a"))


def analytic(changed: dict[str, object]) -> complex:
    """Return sum sin(a x) at a point with some inputs changed."""
    given = {**POINT, **changed}
    return np.sum(np.sin(given["a"] * given["x"])).item()


def function(changed: dict[str, object]) -> float:
    """Return the same of real inputs only."""
    return float(analytic(changed))


def exact() -> dict[str, np.ndarray]:
    x, a = POINT["x"], POINT["a"]
    return {"x": a * np.cos(a * x), "a": np.sum(x * np.cos(a * x))}


@pytest.mark.parametrize(
    ("differentiated", "method", "error"),
    [(function, "central differences", 1e-8), (analytic, "complex step", 1e-14)],
)
def test_an_exact_gradient_passes(differentiated: object, method: str, error: float) -> None:
    assert callable(differentiated)
    reports = judge(GRADIENT, exact(), POINT, differentiated)
    assert [report.name for report in reports] == ["x", "a"]
    assert all(report.passed for report in reports)
    assert {report.method for report in reports} == {method}
    assert max(report.rel_err for report in reports) < error


@pytest.mark.parametrize(
    "deaf",
    [
        lambda z: abs(1.3 + z) ** 3,
        lambda z: np.conj(1.3 + z) ** 3,
        lambda z: np.real(1.3 + z) ** 3,
        lambda z: np.array([1.3 + z]).astype(float)[0] ** 3,
        lambda z: 0.0 if 1.3 + z < 0 else (1.3 + z) ** 3,
        lambda z: (1.3 + z) ** 3 if isinstance(z, float) else 15.0,
    ],
    ids=["modulus", "conjugate", "real part", "cast", "comparison", "real result"],
)
def test_no_complex_step_through_what_is_not_analytic(deaf: object) -> None:
    assert callable(deaf)
    central = central_difference(deaf, 1.3)
    assert central.value == pytest.approx(3 * 1.3**2)
    assert complex_step(deaf, 1.3, central) is None
    assert complex_step(lambda z: (1.3 + z) ** 3, 1.3, central) is not None


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
    slope = central_difference(lambda h: np.exp(1 + h), 1.0)
    assert slope.value == pytest.approx(np.e, rel=1e-9)
    assert 1e-7 < slope.step < 1e-3
    assert slope.uncertainty < 1e-8


def test_weights_let_no_entry_cancel() -> None:
    assert output_weights(()).shape == ()
    assert np.array_equal(output_weights((1,)), [1.0])
    weights = output_weights((50, 3))
    assert weights.shape == (50, 3)
    assert np.unique(weights).size == weights.size
