"""The `tridiagonal` suite: conventions, pivoting, singular systems, numpy.gradient's rule."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import scipy.linalg

from bench_harness.backends import get_adapter
from bench_harness.discovery import discover, load_implementation
from bench_harness.errors import ConfigurationError

BACKENDS = ("python", "numpy", "numba", "torch", "jax")
SOLVERS = (*BACKENDS, "torch.reduction")
BATCHED = (
    *BACKENDS,
    "numpy.gtsv",
    "numba.twisted",
    "torch.reduction",
    "jax.gtsv",
)
BANDS = ("lower", "diag", "upper")


def systems_of(suite_kernel):
    """Return the suite's shared module."""
    k = suite_kernel("tridiagonal/solve")
    implementation = k.folder.implementation("numpy")
    function = load_implementation(implementation, k.inputs("smoke")).function
    package = function.__module__.rsplit(".", 2)[0]
    return importlib.import_module(f"{package}.systems")


def dense(lower, diag, upper):
    """Return A by the definition of the bands."""
    return np.diag(diag) + np.diag(lower[1:], -1) + np.diag(upper[:-1], 1)


def thomas(lower, diag, upper, rhs):
    """Eliminate without pivoting."""
    d, b = np.array(diag, float), np.array(rhs, float)
    with np.errstate(all="ignore"):
        for i in range(1, len(d)):
            factor = lower[i] / d[i - 1]
            d[i] -= factor * upper[i - 1]
            b[i] -= factor * b[i - 1]
        b[-1] /= d[-1]
        for i in range(len(d) - 2, -1, -1):
            b[i] = (b[i] - upper[i] * b[i + 1]) / d[i]
    return b


# -- every backend, every kind of system -------------------------------------------------------

KINDS = ("smoke", "default", "needs_pivoting", "nearly_singular", "several", "tiny", "singular")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", SOLVERS)
def test_solve_is_within_budget(suite_kernel, backend, dtype):
    if backend == "python" and dtype == "float32":
        pytest.skip("pure Python has float64 only")
    k = suite_kernel("tridiagonal/solve")
    for preset in KINDS:
        for seed in (0, 1):
            changed = {"n": 203} if preset in ("default", "needs_pivoting", "several") else {}
            inputs = k.inputs(preset, dtype=dtype, seed=seed, **changed)
            report = k.verify(k.run(backend, inputs), inputs, dtype=dtype)
            assert report.passed, (preset, seed, report.failures)
            assert report.checks
            assert report.outputs[0].compared


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("label", BATCHED)
def test_solve_batched_is_within_budget(suite_kernel, label, dtype):
    if label == "python" and dtype == "float32":
        pytest.skip("pure Python has float64 only")
    k = suite_kernel("tridiagonal/solve_batched")
    shapes = [(13, 21), (100, 20), (1, 40), (2, 5), (1, 1), (5, 1), (3, 2), (65, 3), (70, 1)]
    for batch, n in shapes:
        inputs = k.inputs("smoke", dtype=dtype, seed=batch, batch=batch, n=n)
        report = k.verify(k.run(label, inputs), inputs, dtype=dtype)
        assert report.passed, (batch, n, report.failures)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("spacing", ["uniform", "nonuniform"])
def test_gradient_is_within_budget_and_numpys(suite_kernel, backend, dtype, spacing):
    if backend == "python" and dtype == "float32":
        pytest.skip("pure Python has float64 only")
    k = suite_kernel("tridiagonal/gradient")
    for n in (2, 3, 4, 50):
        for offset in (0.0, 1234.5):
            inputs = k.inputs("smoke", dtype=dtype, n=n, spacing=spacing, offset=offset)
            outputs = k.run(backend, inputs)
            report = k.verify(outputs, inputs, dtype=dtype)
            assert report.passed, (n, offset, report.failures)
            theirs = np.gradient(inputs["values"].astype(float), inputs["spacing"])
            report = k.verify({"gradient": theirs.astype(dtype)}, inputs, dtype=dtype)
            assert report.passed, (n, offset, report.failures)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["torch.compile", "cupynumeric"])
@pytest.mark.parametrize("kernel", ["solve", "solve_batched", "gradient"])
def test_compiled_and_lazy_backends_are_within_budget(suite_kernel, kernel, label):
    k = suite_kernel(f"tridiagonal/{kernel}")
    presets = {"solve": ("smoke", "tiny", "singular", "nearly_singular")}
    for preset in presets.get(kernel, ("smoke",)):
        inputs = k.inputs(preset)
        report = k.verify(k.run(label, inputs), inputs)
        assert report.passed, (preset, report.failures)


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 16])  # 1 has been compiled by the test before
def test_systems_without_a_level_are_compiled_as_well(suite_kernel, n):
    k = suite_kernel("tridiagonal/solve")
    torch = get_adapter("torch")
    before = torch.compilations()
    inputs = k.inputs("tiny", n=n)
    report = k.verify(k.run("torch.compile", inputs), inputs)
    assert report.passed, report.failures
    assert torch.compilations() > before  # a worker refuses a file that compiles nothing


# -- external references -----------------------------------------------------------------------


def test_the_rows_mean_what_the_bands_say(suite_kernel):
    k = suite_kernel("tridiagonal/solve")
    inputs = k.inputs("smoke")
    a = dense(*(inputs[name] for name in BANDS))
    x = k.run("numpy", inputs)["x"]
    np.testing.assert_allclose(x, np.linalg.solve(a, inputs["rhs"]), rtol=1e-11)
    banded = np.array([np.roll(inputs["upper"], 1), inputs["diag"], np.roll(inputs["lower"], -1)])
    np.testing.assert_allclose(x, scipy.linalg.solve_banded((1, 1), banded, inputs["rhs"]))
    systems = systems_of(suite_kernel)
    bands = [inputs[name] for name in BANDS]
    np.testing.assert_allclose(systems.product(*bands, x), a @ x, atol=1e-14)


def test_the_entries_outside_the_matrix_are_ignored(suite_kernel):
    for kernel, labels in (("solve", SOLVERS), ("solve_batched", BATCHED)):
        k = suite_kernel(f"tridiagonal/{kernel}")
        for label in labels:
            inputs = k.inputs("smoke")
            expected = k.run(label, inputs)["x"]
            for name, index in (("lower", 0), ("upper", -1)):
                inputs[name] = inputs[name].copy()
                inputs[name][..., index] = 1e7
            assert np.array_equal(k.run(label, inputs)["x"], expected), (kernel, label)


@pytest.mark.parametrize("preset", ["smoke", "needs_pivoting", "nearly_singular", "several"])
@pytest.mark.parametrize("backend", SOLVERS)
def test_solutions_agree_with_50_digits(suite_kernel, backend, preset):
    k = suite_kernel("tridiagonal/solve")
    inputs = k.inputs(preset, **({} if preset == "nearly_singular" else {"n": 40}))
    exact = k.kernel.truth(inputs)["x"]
    allowed = k.kernel.budget.bound(inputs, exact, 2.2e-16)
    assert (np.abs(k.run(backend, inputs)["x"] - exact) <= allowed).all()


def test_the_50_digit_solution_solves_the_system(suite_kernel):
    systems = systems_of(suite_kernel)
    k = suite_kernel("tridiagonal/solve")
    for preset, n in (("smoke", 32), ("needs_pivoting", 40), ("tiny", 1), ("tiny", 2)):
        inputs = k.inputs(preset, n=n)
        exact = k.kernel.truth(inputs)["x"]
        assert systems.backward_error(inputs, exact, 2.2e-16) < 1.0


def test_the_condition_number_is_estimated(suite_kernel):
    systems = systems_of(suite_kernel)
    k = suite_kernel("tridiagonal/solve")
    for preset in ("smoke", "default", "needs_pivoting", "nearly_singular", "tiny"):
        for n in (2, 5, 60):
            inputs = k.inputs(preset, n=n)
            a = dense(*(inputs[name] for name in BANDS))
            exact = max(np.linalg.cond(a, 1), np.linalg.cond(a, np.inf))
            assert exact / 3 <= systems.condition(inputs) <= exact * 1.001, (preset, n)
    near = systems.condition(k.inputs("nearly_singular"))
    assert 1e10 / 3 < near < 1e11
    near = systems.condition(k.inputs("nearly_singular", dtype="float32"))
    assert 8e4 / 3 < near < 8e5
    assert systems.condition(k.inputs("singular")) == np.inf


# -- singular systems --------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [0, 3])
@pytest.mark.parametrize("backend", SOLVERS)
def test_a_singular_matrix_gives_nan_everywhere(suite_kernel, backend, columns):
    k = suite_kernel("tridiagonal/solve")
    for n in (1, 2, 3, 8, 50):
        inputs = k.inputs("singular", n=n, columns=columns)
        assert np.isnan(k.run(backend, inputs)["x"]).all(), n


def test_nan_for_a_regular_matrix_fails(suite_kernel):
    k = suite_kernel("tridiagonal/solve")
    inputs = k.inputs("smoke")
    assert not k.verify({"x": np.full(32, np.nan)}, inputs).passed


# -- planted faults ----------------------------------------------------------------------------


def test_elimination_without_pivoting_fails_where_pivoting_is_needed(suite_kernel):
    k = suite_kernel("tridiagonal/solve")
    for seed in range(3):
        needs = k.inputs("needs_pivoting", seed=seed)
        assert not np.isfinite(thomas(**needs)).all()
        assert not k.verify({"x": thomas(**needs)}, needs).passed
        # Without the exact zeros it gives numbers, and the residual finds them out.
        needs["diag"] = np.where(needs["diag"] == 0, 3e-17, needs["diag"])
        guess = thomas(**needs)
        assert np.isfinite(guess).all()
        failures = k.verify({"x": guess}, needs).failures
        assert any(failure.startswith("residual:") for failure in failures)
        dominant = k.inputs("default", seed=seed)
        assert k.verify({"x": thomas(**dominant)}, dominant).passed


@pytest.mark.parametrize(("kernel", "shift"), [("solve", 1), ("solve", -1), ("solve_batched", 1)])
def test_a_band_shifted_by_one_fails(suite_kernel, kernel, shift):
    """LAPACK's and solve_banded's conventions differ from ours by one place."""
    k = suite_kernel(f"tridiagonal/{kernel}")
    inputs = k.inputs("default", n=50)
    for name in ("lower", "upper"):
        shifted = {**inputs, name: np.roll(inputs[name], shift, axis=-1)}
        assert not k.verify(k.run("numpy", shifted), inputs).passed, name


def test_constant_bands_would_hide_a_shift(suite_kernel):
    """Why the inputs are random: on constant bands only the ignored entries move."""
    k = suite_kernel("tridiagonal/solve")
    inputs = k.inputs("default", n=50)
    constant = {**inputs, "lower": np.full(50, -1.0), "upper": np.full(50, -1.0)}
    shifted = {**constant, "lower": np.roll(constant["lower"], 1)}
    assert k.verify(k.run("numpy", shifted), constant).passed


def test_corners_of_a_periodic_matrix_are_not_ours(suite_kernel):
    """A caller who means lower[0] and upper[-1] as wrap-around corners has another system."""
    k = suite_kernel("tridiagonal/solve")
    inputs = k.inputs("default", n=50)
    a = dense(*(inputs[name] for name in BANDS))
    a[0, -1], a[-1, 0] = inputs["lower"][0], inputs["upper"][-1]
    periodic = np.linalg.solve(a, inputs["rhs"])
    assert not k.verify({"x": periodic}, inputs).passed


def test_one_sided_differences_fail(suite_kernel):
    k = suite_kernel("tridiagonal/gradient")
    for spacing in ("uniform", "nonuniform"):
        inputs = k.inputs("default", n=10_000, spacing=spacing)
        steps = np.broadcast_to(
            inputs["spacing"] if spacing == "uniform" else np.diff(inputs["spacing"]), 9_999
        )
        forward = np.diff(inputs["values"]) / steps
        one_sided = np.append(forward, forward[-1])
        assert not k.verify({"gradient": one_sided}, inputs).passed, spacing
    edge = np.gradient(inputs["values"], inputs["spacing"], edge_order=2)
    assert not k.verify({"gradient": edge}, inputs).passed


def test_an_even_grid_taken_for_granted_fails(suite_kernel):
    k = suite_kernel("tridiagonal/gradient")
    inputs = k.inputs("smoke", spacing="nonuniform")
    x = inputs["spacing"]
    naive = np.empty_like(x)
    naive[1:-1] = (inputs["values"][2:] - inputs["values"][:-2]) / (x[2:] - x[:-2])
    naive[0], naive[-1] = k.run("numpy", inputs)["gradient"][[0, -1]]
    assert not k.verify({"gradient": naive}, inputs).passed


def test_cyclic_reduction_that_stops_a_level_early_fails(suite_kernel):
    k = suite_kernel("tridiagonal/solve_batched")
    inputs = k.inputs("smoke")
    a, d, c, b = (inputs[name] for name in (*BANDS, "rhs"))
    jacobi = b / d
    for _ in range(6):
        coupled = np.zeros_like(b)
        coupled[:, 1:] += a[:, 1:] * jacobi[:, :-1]
        coupled[:, :-1] += c[:, :-1] * jacobi[:, 1:]
        jacobi = (b - coupled) / d
    assert not k.verify({"x": jacobi}, inputs).passed


# -- parameters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "changes"),
    [
        ("solve", {"n": 0}),
        ("solve", {"kind": "toeplitz"}),
        ("solve", {"columns": -1}),
        ("solve", {"cond": 0.5}),
        ("solve_batched", {"batch": 0}),
        ("solve_batched", {"n": 0}),
        ("gradient", {"n": 1}),
        ("gradient", {"spacing": "random"}),
    ],
)
def test_bad_parameters_are_named(suite_kernel, kernel, changes):
    k = suite_kernel(f"tridiagonal/{kernel}").kernel
    (name,) = changes
    with pytest.raises(ConfigurationError, match=name):
        k.validate(**{**k.presets["default"], **changes})


def test_every_backend_has_a_file():
    folders = {name: f for name, f in discover().items() if name.startswith("tridiagonal/")}
    assert len(folders) == 3
    for kernel_id, folder in folders.items():
        labels = {implementation.label for implementation in folder.implementations}
        expected = {"python", "numpy", "numba", "torch", "torch.compile", "jax", "cupynumeric"}
        assert expected <= labels, kernel_id
