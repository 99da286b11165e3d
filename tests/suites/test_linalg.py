"""Linear algebra: external checks, IEEE edges, bad input, planted faults that must be caught."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg

from bench_harness.errors import ConfigurationError
from bench_harness.verify.compare import compare
from tests.conftest import SuiteKernel

pytestmark = pytest.mark.timeout(300)

Get = Callable[[str], SuiteKernel]

BACKENDS = ("python", "numpy", "numba", "torch", "jax", "cupynumeric")
COMPILED = ("numba", "torch", "jax")
FACTORISATIONS = ("lu", "qr", "cholesky", "solve")
ELEMENTWISE = ("add", "mul", "exp", "log", "sqrt")
KERNELS = (*FACTORISATIONS, "matmul", "transpose", "sum", *ELEMENTWISE)
NUMBA_LIBRARY = {"matmul": "blas", **dict.fromkeys(FACTORISATIONS, "lapack")}


def failures(kernel: SuiteKernel, inputs: dict[str, Any], *outputs: np.ndarray) -> str:
    """Return what the harness finds wrong with outputs, given in the kernel's order."""
    named = dict(zip(kernel.kernel.outputs, outputs, strict=True))
    dtype = str(next(iter(named.values())).dtype) if len(named) == 1 else "float64"
    report = kernel.verify(named, inputs, dtype if dtype == "float32" else "float64")
    return "; ".join(report.failures)


# -- every backend, a few seeds, both dtypes --------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", ["numpy", *COMPILED])
@pytest.mark.parametrize("name", KERNELS)
def test_agrees_on_several_seeds(suite_kernel: Get, name: str, backend: str, dtype: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for seed in range(3):
        inputs = kernel.inputs("smoke", dtype=dtype, seed=seed)
        report = kernel.verify(kernel.run(backend, inputs), inputs, dtype)
        assert report.passed, report.failures


@pytest.mark.parametrize("name", KERNELS)
def test_pure_python_agrees_on_several_seeds(suite_kernel: Get, name: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for seed in range(3):
        inputs = kernel.inputs("smoke", seed=seed)
        report = kernel.verify(kernel.run("python", inputs), inputs)
        assert report.passed, report.failures


@pytest.mark.parametrize("name", KERNELS)
def test_cupynumeric_agrees(suite_kernel: Get, name: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    inputs = kernel.inputs("smoke", seed=3)
    report = kernel.verify(kernel.run("cupynumeric", inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NUMBA_LIBRARY)
def test_numba_own_loops_and_library_calls_are_two_variants(
    suite_kernel: Get, name: str, dtype: str
) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for label in ("numba", f"numba.{NUMBA_LIBRARY[name]}"):
        inputs = kernel.inputs("smoke", dtype=dtype, seed=1, n=150)
        report = kernel.verify(kernel.run(label, inputs), inputs, dtype)
        assert report.passed, (label, report.failures)


@pytest.mark.parametrize("name", ["exp", "log"])
def test_numba_own_functions_and_the_c_library_are_two_variants(
    suite_kernel: Get, name: str
) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for preset in ("smoke", "edges"):
        inputs = kernel.inputs(preset, n=64)
        report = kernel.verify(kernel.run("numba.libm", inputs), inputs)
        assert report.passed, report.failures


@pytest.mark.slow
def test_compiled_torch_agrees(suite_kernel: Get) -> None:
    for name in ("matmul", "exp"):
        kernel = suite_kernel(f"linalg/{name}")
        inputs = kernel.inputs("smoke")
        report = kernel.verify(kernel.run("torch.compile", inputs), inputs)
        assert report.passed, report.failures


@pytest.mark.parametrize("name", FACTORISATIONS)
def test_torch_compile_is_declared_unsupported_for_lapack(suite_kernel: Get, name: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    assert kernel.folder.implementation("torch.compile") is None
    assert "LAPACK" in kernel.kernel.unsupported["torch.compile"]


@pytest.mark.parametrize("n", [1, 2, 3, 7, 33, 65, 129, 300])
@pytest.mark.parametrize("name", ["matmul", *FACTORISATIONS])
def test_numba_handles_every_remainder_of_its_blocks(suite_kernel: Get, name: str, n: int) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for dtype in ("float64", "float32"):
        inputs = kernel.inputs("smoke", dtype=dtype, n=n)
        report = kernel.verify(kernel.run("numba", inputs), inputs, dtype)
        assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numpy", *COMPILED, "numba.lapack"])
@pytest.mark.parametrize(
    ("name", "preset"),
    [
        *(("lu", p) for p in ("conditioned", "growth", "small_pivot", "tiny", "singular", "ties")),
        *(("qr", p) for p in ("conditioned", "singular", "tiny")),
        *(("solve", p) for p in ("conditioned", "growth", "small_pivot", "tiny")),
        *(("cholesky", p) for p in ("conditioned", "tiny")),
    ],
)
def test_ill_conditioned_presets(suite_kernel: Get, name: str, preset: str, backend: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for dtype in ("float64",) if backend == "python" else ("float64", "float32"):
        inputs = kernel.inputs(preset, dtype=dtype, seed=2)
        report = kernel.verify(kernel.run(backend, inputs), inputs, dtype)
        assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numpy", *COMPILED])
@pytest.mark.parametrize("n", [8, 12])
@pytest.mark.parametrize("name", ["matmul", "lu", "qr", "solve"])
def test_hilbert_matrices(suite_kernel: Get, name: str, n: int, backend: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    inputs = kernel.inputs("hilbert", n=n)
    report = kernel.verify(kernel.run(backend, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numba", "numba.lapack", "torch", "jax"])
def test_tall_qr(suite_kernel: Get, backend: str) -> None:
    kernel = suite_kernel("linalg/qr")
    inputs = kernel.inputs("tall", n=21, rows=200)
    outputs = kernel.run(backend, inputs)
    assert outputs["q"].shape == (200, 21)
    assert outputs["r"].shape == (21, 21)
    report = kernel.verify(outputs, inputs)
    assert report.passed, report.failures


# -- external checks ---------------------------------------------------------------------------


def test_lu_is_scipys(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    inputs = kernel.inputs("smoke", n=60)
    p, lower, upper = scipy.linalg.lu(inputs["a"], p_indices=True)
    for backend in ("python", "numpy", *COMPILED):
        found = kernel.run(backend, inputs)
        np.testing.assert_array_equal(found["p"], np.argsort(p))
        np.testing.assert_allclose(found["l"], lower, atol=1e-12)
        np.testing.assert_allclose(found["u"], upper, atol=1e-11)


def test_qr_is_scipys_up_to_signs(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/qr")
    inputs = kernel.inputs("smoke", n=40, rows=60)
    expected = normalise_signs(*scipy.linalg.qr(inputs["a"], mode="economic"))
    for backend in ("python", "numpy", *COMPILED):
        found = kernel.run(backend, inputs)
        q, r = normalise_signs(found["q"], found["r"])
        assert np.diagonal(r).min() >= 0
        np.testing.assert_allclose(q, expected[0], atol=1e-12)
        np.testing.assert_allclose(r, expected[1], atol=1e-12)


def normalise_signs(q: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factorisation with a non-negative diagonal of R, which is unique."""
    signs = np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return q * signs, signs[:, None] * r


def test_solve_and_cholesky_are_scipys(suite_kernel: Get) -> None:
    solve, cholesky = suite_kernel("linalg/solve"), suite_kernel("linalg/cholesky")
    system, matrix = solve.inputs("smoke", n=60), cholesky.inputs("smoke", n=60)
    x = scipy.linalg.solve(system["a"], system["b"])
    lower = scipy.linalg.cholesky(matrix["a"], lower=True)
    for backend in ("python", "numpy", *COMPILED):
        np.testing.assert_allclose(solve.run(backend, system)["x"], x, rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(cholesky.run(backend, matrix)["l"], lower, atol=1e-14)


@pytest.mark.parametrize("name", ["matmul", "solve", "cholesky", "sum", *ELEMENTWISE])
def test_the_reference_agrees_with_fifty_digits(suite_kernel: Get, name: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for preset in kernel.kernel.truth_presets:
        for dtype in ("float64", "float32"):
            if (name, preset, dtype) == ("cholesky", "hilbert", "float32"):
                continue  # refused: see below
            inputs = kernel.inputs(preset, dtype=dtype)
            outputs = kernel.run("numpy", inputs)
            truth = kernel.kernel.truth(inputs)
            for output, exact in truth.items():
                assert exact.dtype == np.longdouble
                budget = kernel.kernel.budget_for(output)
                eps = float(np.finfo(dtype).eps)
                judged = compare(
                    output, exact, outputs[output], budget, inputs, eps, dtype, any_dtype=True
                )
                assert judged.passed, judged.problem


def test_hilbert_solution_is_known_in_whole_numbers(suite_kernel: Get) -> None:
    """The inverse of a Hilbert matrix has integer entries: 64 and -2016 begin that of order 8."""
    with mpmath.workdps(50):
        inverse = mpmath.inverse(
            mpmath.matrix([[mpmath.mpf(1) / (i + j + 1) for j in range(8)] for i in range(8)])
        )
        assert [int(mpmath.nint(inverse[0, j])) for j in range(2)] == [64, -2016]
    kernel = suite_kernel("linalg/solve")
    inputs = kernel.inputs("hilbert", n=8)
    inputs["b"] = np.eye(8)[0]
    for backend in ("python", "numpy", *COMPILED):
        x = kernel.run(backend, inputs)["x"]
        assert x[0] == pytest.approx(64, rel=1e-4)
        assert x[1] == pytest.approx(-2016, rel=1e-4)


def test_flops_are_the_usual_counts(suite_kernel: Get) -> None:
    n = 30
    expected = {
        "matmul": 2 * n**3,
        "lu": 2 * n**3 / 3,
        "qr": 4 * n**3 / 3,
        "solve": 2 * n**3 / 3 + 2 * n**2,
        "cholesky": n**3 / 3,
    }
    for name, count in expected.items():
        assert suite_kernel(f"linalg/{name}").kernel.flops(n=n) == pytest.approx(count)


def test_full_presets_sweep_the_sizes_of_the_table(suite_kernel: Get) -> None:
    for name in KERNELS:
        sizes = suite_kernel(f"linalg/{name}").kernel.presets["full"]["n"]
        assert sizes == [10, 50, 100, 500, 1000, 2000]


def test_growth_matrix_grows(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    inputs = kernel.inputs("growth")
    for backend in ("python", "numpy", *COMPILED):
        outputs = kernel.run(backend, inputs)
        assert outputs["u"].max() == 2.0**49
        np.testing.assert_array_equal(outputs["p"], np.arange(50))


def test_ties_take_the_first_row(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    a = np.array([[0.5, 1.0, 2.0], [-0.5, 3.0, 1.0], [0.5, 2.0, 7.0]])
    for backend in ("python", "numpy", "numba", "jax"):
        np.testing.assert_array_equal(kernel.run(backend, {"a": a})["p"], [0, 1, 2])


@pytest.mark.parametrize("backend", BACKENDS)
def test_inputs_are_left_alone(suite_kernel: Get, backend: str) -> None:
    """Run twice on the same native arrays: an overwritten input would change the second result."""
    for name in ("lu", "qr", "solve", "cholesky"):
        kernel = suite_kernel(f"linalg/{name}")
        inputs = kernel.inputs("smoke")
        before = {key: value.copy() for key, value in inputs.items()}
        first, second = kernel.run(backend, inputs), kernel.run(backend, inputs)
        for key, value in before.items():
            np.testing.assert_array_equal(inputs[key], value)
        for key, value in first.items():
            np.testing.assert_array_equal(value, second[key])


# -- IEEE results at the edges -----------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_ieee_results_at_the_edges(suite_kernel: Get, backend: str) -> None:
    def value(name: str, x: float) -> float:
        inputs = {"x": np.array([[1.7, x], [2.3, 0.4]])}
        y = suite_kernel(f"linalg/{name}").run(backend, inputs)["y"]
        assert y.shape == (2, 2)
        assert y[1, 0] == pytest.approx(getattr(math, name)(2.3), rel=1e-14)
        return float(y[0, 1])

    assert value("log", 0.0) == -math.inf
    assert math.isnan(value("log", -1.0))
    assert math.isnan(value("sqrt", -1.0))
    assert math.copysign(1.0, value("sqrt", -0.0)) == -1.0
    assert value("exp", 710.0) == math.inf
    assert value("exp", -746.0) == 0.0
    for name in ("log", "sqrt", "exp"):
        assert math.isnan(value(name, math.nan))
        assert value(name, math.inf) == math.inf


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_edges_preset(suite_kernel: Get, name: str, backend: str) -> None:
    kernel = suite_kernel(f"linalg/{name}")
    for dtype in ("float64",) if backend == "python" else ("float64", "float32"):
        inputs = kernel.inputs("edges", dtype=dtype)
        report = kernel.verify(kernel.run(backend, inputs), inputs, dtype)
        assert report.passed, report.failures


def test_numba_functions_over_the_whole_range(suite_kernel: Get) -> None:
    """Also where results are denormal, and right up to where they overflow."""
    rng = np.random.default_rng(0)
    for name, x in (
        ("exp", rng.uniform(-745.1, 709.7, (300, 300))),
        ("log", np.exp(rng.uniform(-744.0, 709.0, (300, 300)))),
        ("log", 1.0 + rng.uniform(-1e-3, 1e-3, (300, 300))),
    ):
        kernel = suite_kernel(f"linalg/{name}")
        report = kernel.verify(kernel.run("numba", {"x": x}), {"x": x})
        assert report.passed, report.failures


# -- sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("axis", [None, 0, 1, -1, -2])
def test_sum_along_every_axis(suite_kernel: Get, axis: int | None, backend: str) -> None:
    kernel = suite_kernel("linalg/sum")
    inputs = kernel.inputs("smoke", axis=axis)
    outputs = kernel.run(backend, inputs)
    assert outputs["total"].shape == inputs["x"].sum(axis=axis).shape
    report = kernel.verify(outputs, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", BACKENDS)
def test_axis_out_of_range_is_an_error_on_every_backend(suite_kernel: Get, backend: str) -> None:
    kernel = suite_kernel("linalg/sum")
    kernel.run(backend, kernel.inputs("smoke", axis=1))  # the backend itself works
    for axis in (2, -3):
        with pytest.raises((ConfigurationError, ValueError, IndexError), match=r"axis|[Dd]im"):
            kernel.run(backend, kernel.inputs("smoke", axis=axis))


def test_sum_of_many_terms_stays_within_the_budget(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/sum")
    for axis in (None, 0, -1):
        inputs = kernel.inputs("wide", dtype="float32", axis=axis)
        for backend in COMPILED:
            report = kernel.verify(kernel.run(backend, inputs), inputs, "float32")
            assert report.passed, (backend, report.failures)


# -- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("sum", {"n": 5, "axis": 2}, "axis is 2"),
        ("sum", {"n": 5, "axis": -3}, "axis is -3"),
        ("sum", {"n": 5, "axis": "rows"}, "axis is 'rows'"),
        ("sum", {"n": 5, "axis": True}, "axis is True"),
        ("sum", {"n": 5, "axis": 1.0}, r"axis is 1\.0"),
        ("matmul", {"n": 0}, "n is 0"),
        ("matmul", {"n": 2.5}, r"n is 2\.5"),
        ("lu", {"n": 5, "matrix": "square"}, "matrix is 'square'"),
        ("lu", {"n": True}, "n is True"),
        ("solve", {"n": 5, "cond": 0.5}, r"cond is 0\.5"),
        ("solve", {"n": 5, "cond": math.inf}, "cond is inf"),
        ("cholesky", {"n": 5, "matrix": "ties"}, "matrix is 'ties'"),
        ("qr", {"n": 5, "rows": 4}, "rows is 4"),
        ("transpose", {"n": 5, "columns": -1}, "columns is -1"),
        ("exp", {"n": 2, "edges": True}, "does not hold"),
        ("exp", {"n": 2, "edges": "yes"}, "edges is 'yes'"),
    ],
)
def test_bad_parameters_are_refused(
    suite_kernel: Get, name: str, changed: dict[str, Any], message: str
) -> None:
    validate = suite_kernel(f"linalg/{name}").kernel.validate
    assert validate is not None
    with pytest.raises(ConfigurationError, match=message):
        validate(**changed)


def test_every_preset_is_valid(suite_kernel: Get) -> None:
    for name in KERNELS:
        kernel = suite_kernel(f"linalg/{name}").kernel
        for preset in kernel.presets.values():
            first = {k: v[0] if isinstance(v, list) else v for k, v in preset.items()}
            kernel.validate(**first)
            assert kernel.nbytes(**first) > 0


def test_hilbert_in_float32_is_refused_by_cholesky(suite_kernel: Get) -> None:
    with pytest.raises(ConfigurationError, match="not positive definite"):
        suite_kernel("linalg/cholesky").inputs("hilbert", dtype="float32")


@pytest.mark.parametrize("backend", ["python", "numpy", "numba", "numba.lapack", "torch"])
def test_an_indefinite_matrix_is_a_clear_error(suite_kernel: Get, backend: str) -> None:
    kernel = suite_kernel("linalg/cholesky")
    kernel.run(backend, kernel.inputs("smoke"))  # the backend itself works
    with pytest.raises(Exception, match=r"positive[- ]definite|not positive"):
        kernel.run(backend, kernel.inputs("smoke", matrix="indefinite"))


def test_an_indefinite_matrix_gives_nan_where_nothing_can_be_raised(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/cholesky")
    outputs = kernel.run("jax", kernel.inputs("smoke", matrix="indefinite"))
    assert np.isnan(outputs["l"]).any()


# -- planted faults ----------------------------------------------------------------------------


def gram_schmidt(a: np.ndarray, modified: bool) -> tuple[np.ndarray, np.ndarray]:
    """Orthogonalise column by column; the classical form projects the original column."""
    n = a.shape[1]
    q, r = np.zeros_like(a), np.zeros((n, n), a.dtype)
    for k in range(n):
        v = a[:, k].copy()
        for j in range(k):
            r[j, k] = q[:, j] @ (v if modified else a[:, k])
            v -= r[j, k] * q[:, j]
        r[k, k] = np.linalg.norm(v)
        q[:, k] = v / r[k, k]
    return q, r


def eliminate(a: np.ndarray, pivoting: bool = True, cut_off: float = 0.0) -> tuple[np.ndarray, ...]:
    """Return p, L, U; without pivoting, or skipping pivots below an absolute cut-off."""
    n = len(a)
    upper, lower, p = a.copy(), np.eye(n), np.arange(n)
    for k in range(n):
        if pivoting:
            best = k + int(np.argmax(np.abs(upper[k:, k])))
            upper[[k, best]], p[[k, best]] = upper[[best, k]], p[[best, k]]
            lower[[k, best], :k] = lower[[best, k], :k]
        if abs(upper[k, k]) <= cut_off:
            continue
        lower[k + 1 :, k] = upper[k + 1 :, k] / upper[k, k]
        upper[k + 1 :] -= np.outer(lower[k + 1 :, k], upper[k])
        upper[k + 1 :, k] = 0
    return p, lower, upper


def test_gram_schmidt_is_caught_on_hilbert_12(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/qr")
    inputs = kernel.inputs("hilbert", n=12)
    for modified, defect in ((False, 5.0), (True, 0.23)):
        q, r = gram_schmidt(inputs["a"], modified)
        # The figures of the specification: how much of the orthogonality is lost.
        assert np.linalg.norm(q.T @ q - np.eye(12)) == pytest.approx(defect, rel=0.5)
        assert "orthogonality" in failures(kernel, inputs, q, r)


def test_gram_schmidt_passes_where_it_is_harmless(suite_kernel: Get) -> None:
    """The check is of the result, not of the algorithm."""
    kernel = suite_kernel("linalg/qr")
    inputs = kernel.inputs("smoke", seed=1)
    assert failures(kernel, inputs, *gram_schmidt(np.eye(12) + 0.1 * inputs["a"], True)) != ""
    inputs["a"] = np.eye(12) + 0.1 * inputs["a"]
    assert failures(kernel, inputs, *gram_schmidt(inputs["a"], True)) == ""


def test_correct_elimination_passes(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    for preset in ("smoke", "growth", "small_pivot", "tiny", "singular"):
        inputs = kernel.inputs(preset)
        assert failures(kernel, inputs, *eliminate(inputs["a"])) == ""


def test_unpivoted_elimination_is_caught(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    found = failures(kernel, inputs := kernel.inputs("smoke"), *eliminate(inputs["a"], False))
    assert "multipliers" in found
    found = failures(kernel, inputs := kernel.inputs("small_pivot"), *eliminate(inputs["a"], False))
    assert "multipliers" in found
    assert "residual" in found


def test_unpivoted_solution_is_caught(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/solve")
    inputs = kernel.inputs("small_pivot")
    _, lower, upper = eliminate(inputs["a"], False)
    y = scipy.linalg.solve_triangular(lower, inputs["b"], lower=True)
    x = scipy.linalg.solve_triangular(upper, y)
    found = failures(kernel, inputs, x)
    assert "backward error" in found
    assert "x: is" in found  # the forward error as well


def test_an_absolute_pivot_cut_off_is_caught(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    inputs = kernel.inputs("tiny")
    assert "triangles" in failures(kernel, inputs, *eliminate(inputs["a"], cut_off=1e-12))


def test_permutations_that_are_none_or_inverted_are_caught(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/lu")
    inputs = kernel.inputs("smoke")
    p, lower, upper = eliminate(inputs["a"])
    assert "permutation" in failures(kernel, inputs, np.zeros_like(p), lower, upper)
    assert "residual" in failures(kernel, inputs, np.argsort(p), lower, upper)
    assert failures(kernel, inputs, p + 1, lower, upper) != ""


def test_transposed_results_are_caught(suite_kernel: Get) -> None:
    for name in ("matmul", "transpose", "cholesky"):
        kernel = suite_kernel(f"linalg/{name}")
        inputs = kernel.inputs("smoke")
        (output,) = kernel.run("numpy", inputs).values()
        assert failures(kernel, inputs, output) == ""
        assert failures(kernel, inputs, output.T.copy()) != ""
    matmul = suite_kernel("linalg/matmul")
    inputs = matmul.inputs("smoke")
    assert failures(matmul, inputs, inputs["a"] @ inputs["b"].T) != ""
    assert failures(matmul, inputs, inputs["b"] @ inputs["a"]) != ""


def test_a_total_in_place_of_sums_is_caught(suite_kernel: Get) -> None:
    kernel = suite_kernel("linalg/sum")
    inputs = kernel.inputs("smoke", axis=-1)
    assert "shape" in failures(kernel, inputs, np.asarray(inputs["x"].sum()))
    filled = np.full(len(inputs["x"]), inputs["x"].sum())
    assert "is allowed" in failures(kernel, inputs, filled)
    square = kernel.inputs("smoke", axis=0, columns=12)
    assert "is allowed" in failures(kernel, square, square["x"].sum(axis=1))


def test_lower_precision_inside_is_caught(suite_kernel: Get) -> None:
    """Each result computed in float32 and widened."""
    for name in KERNELS:
        if name == "transpose":
            continue  # the next check
        kernel = suite_kernel(f"linalg/{name}")
        inputs = kernel.inputs("smoke")
        narrow = {
            key: value.astype(np.float32) if isinstance(value, np.ndarray) else value
            for key, value in inputs.items()
        }
        outputs = {
            key: value.astype(np.float64) if value.dtype.kind == "f" else value
            for key, value in kernel.run("numpy", narrow).items()
        }
        assert not kernel.verify(outputs, inputs).passed, name


def test_reduced_precision_products_are_caught_in_float32(suite_kernel: Get) -> None:
    """Ten bits of mantissa, as a GPU's TF32 has them."""
    kernel = suite_kernel("linalg/matmul")
    inputs = kernel.inputs("default", dtype="float32")

    def rounded(x: np.ndarray) -> np.ndarray:
        return ((x.view(np.int32) + 0x1000) & ~0x1FFF).view(np.float32)

    assert failures(kernel, inputs, inputs["a"] @ inputs["b"]) == ""
    assert "is allowed" in failures(kernel, inputs, rounded(inputs["a"]) @ rounded(inputs["b"]))


def test_edges_lost_are_caught(suite_kernel: Get) -> None:
    for name, wrong in (("log", -1e308), ("sqrt", 0.0), ("exp", 1.7e308)):
        kernel = suite_kernel(f"linalg/{name}")
        inputs = kernel.inputs("edges")
        output = kernel.run("numpy", inputs)["y"].copy()
        output[~np.isfinite(output)] = wrong
        assert "expected" in failures(kernel, inputs, output)
