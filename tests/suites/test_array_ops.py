"""The array protocol: every method on every backend, and what holds of all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import array_api_strict
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench_harness import (
    ArrayBackend,
    ConfigurationError,
    DifferentiationError,
    UnknownNameError,
    UnsupportedOperationError,
    create_backend,
    vectorize_or_fallback,
)
from bench_harness.arrays import differences
from bench_harness.discovery import load_implementation
from tests import completeness
from tests.conftest import SuiteKernel, start_backend
from tests.strict_arrays import BEYOND_THE_STANDARD, MISSING, StrictArrays

BACKENDS = completeness.BACKENDS
AUTODIFF = ("torch", "jax")


@pytest.fixture(params=BACKENDS)
def B(request: pytest.FixtureRequest, tmp_path: Path) -> ArrayBackend:
    """Return each backend with arrays."""
    return backend(request.param, tmp_path)


def backend(name: str, cache_dir: Path) -> ArrayBackend:
    """Return a backend; skip the test where it is missing."""
    start_backend(name, cache_dir)
    return create_backend(name)


# -- conformance -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKENDS)
def test_every_method_gives_what_numpy_gives(name: str, tmp_path: Path) -> None:
    rules = completeness.conformance()
    # JAX compiles each method for each dtype and shape; the table of the docs has them all.
    outcomes = completeness.check_backend(backend(name, tmp_path), thorough=name != "jax")
    unknown = [
        outcome
        for outcome in outcomes
        if outcome.kind != "ok"
        and (
            (entry := rules.known(name, outcome.method, outcome.dtype, outcome.case)) is None
            or entry.kind != outcome.kind
        )
    ]
    assert unknown == []
    found = {
        rules.known(name, outcome.method, outcome.dtype, outcome.case)
        for outcome in outcomes
        if outcome.kind != "ok"
    }
    listed = {entry for entry in rules.DIFFERENCES if entry.backend == name}
    assert listed == found, "a listed difference is not there any more"


def test_the_table_of_the_docs_is_up_to_date() -> None:
    """Every method and every known difference stands in docs/backends.md."""
    rules = completeness.conformance()
    text = completeness.PAGE.read_text(encoding="utf-8")
    block = text.partition(completeness.BEGIN)[2].partition(completeness.END)[0]
    rows = re.findall(r"^\| `(\w+)` \|", block, re.MULTILINE)
    assert rows == list(dict.fromkeys(method.attribute for method in rules.METHODS))
    assert "?" not in block
    for number, entry in enumerate(rules.DIFFERENCES, 1):
        assert f"{number}. {entry.backend}, " in block
        assert entry.reason in block


def test_every_method_of_the_protocol_is_checked() -> None:
    checked = {method.attribute for method in completeness.conformance().METHODS}
    methods = {name for name, value in vars(ArrayBackend).items() if callable(value)}
    methods = {name for name in methods if not name.startswith("_")}
    assert methods - checked == {"dtype", "is_array"}  # tested below
    assert checked <= methods


def test_a_difference_is_seen() -> None:
    rules = completeness.conformance()
    method = next(m for m in rules.METHODS if m.name == "exp")

    class Wrong:
        def __getattr__(self, name: str) -> Any:
            return getattr(create_backend("numpy"), name)

        def exp(self, x: Any) -> Any:
            return np.exp(x) * (1 + 1e-14)

    assert completeness.check(Wrong(), rules, method, "float64", "matrix")[0] == "differs"
    assert (
        completeness.check(create_backend("numpy"), rules, method, "float64", "matrix")[0] == "ok"
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_sum_may_be_taken_in_any_order_and_misses_no_term(
    suite_kernel: Callable[[str], SuiteKernel], dtype: str
) -> None:
    k = suite_kernel("array_ops/method")
    inputs = dict(k.inputs("smoke", dtype=dtype, seed=1, method="sum", n=300))
    terms = np.concatenate([inputs["x"].ravel(), -inputs["x"].ravel()[1:]])  # nearly all cancel
    inputs["x"] = inputs["y"] = terms
    chance = np.random.default_rng(0)
    for _ in range(20):
        total = np.add.accumulate(chance.permutation(terms))[-1]
        assert k.verify({"result": total}, inputs, dtype).failures == []
    if dtype == "float64":  # in float32 a term is less than what rounding adds up to
        missed = terms.sum() - np.sort(np.abs(terms))[len(terms) // 10]
        assert k.verify({"result": missed}, inputs, dtype).failures


@pytest.mark.parametrize("name", ["numpy", "torch"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_elementwise_methods_agree_on_any_array(name: str, tmp_path: Path, data: Any) -> None:
    B = backend(name, tmp_path)
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    shape = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    x = data.draw(hnp.arrays(dtype, shape))  # NaN, infinities, denormals, zeros of both signs
    with np.errstate(all="ignore"):
        for method in ("abs", "square", "sign", "sqrt", "exp"):
            got, want = B.to_numpy(getattr(B, method)(B.array(x))), getattr(np, method)(x)
            assert got.dtype == want.dtype
            assert got.shape == want.shape
            # torch's sqrt on the CPU is MKL's, which is not always the nearest number.
            ulp = {"exp": 4, "sqrt": 1}.get(method, 0)
            np.testing.assert_allclose(got, want, rtol=ulp * np.finfo(dtype).eps, atol=0)
    assert B.is_array(B.sum(B.array(x)))


# -- dtypes ----------------------------------------------------------------------------------


def test_float64_is_the_default(B: ArrayBackend) -> None:
    for made in (
        B.array([1.0, 2.0]), B.array(1.5), B.zeros(2), B.ones((1, 2)), B.eye(2), B.full(2, 0.5),
        B.linspace(0, 1, 3), B.arange(0.0, 1.0, 0.5), B.normal(B.rng(0), 2), B.exp(B.array([1])),
        B.mean(B.array([1, 2])), B.sqrt(4), B.norm([3, 4]),
    ):  # fmt: skip
        assert B.to_numpy(made).dtype == np.float64
    assert B.to_numpy(B.arange(3)).dtype == np.int64
    assert B.to_numpy(B.array([1, 2])).dtype == np.int64
    assert B.to_numpy(B.array([True])).dtype == np.bool_


@pytest.mark.parametrize("asked", ["float32", np.float32, np.dtype("float32")])
def test_names_and_numpy_dtypes_are_accepted(B: ArrayBackend, asked: Any) -> None:
    for made in (B.zeros(2, asked), B.array([1, 2], asked), B.cast(B.ones(2), asked)):
        assert B.to_numpy(made).dtype == np.float32
        assert made.dtype == B.float32
    assert B.dtype(asked) == B.float32 == B.dtype(B.float32)
    assert B.dtype(float) == B.float64
    assert B.dtype("int") == B.int == B.int64


@pytest.mark.parametrize("asked", ["float16", "f8", "double", "uint8", np.float16, object, "", 3])
def test_other_dtypes_are_refused(B: ArrayBackend, asked: Any) -> None:
    with pytest.raises(UnknownNameError, match="Choose from: bool, complex128"):
        B.zeros(2, asked)


def test_arrays_of_other_dtypes_are_refused(B: ArrayBackend) -> None:
    with pytest.raises(UnknownNameError, match="float16"):
        B.array(np.ones(2, np.float16))
    with pytest.raises(ConfigurationError, match="imaginary part"):
        B.cast(B.array([1j]), "float64")
    with pytest.raises(ConfigurationError, match="from_numpy takes a NumPy array"):
        B.from_numpy([1.0])  # type: ignore[arg-type]


def test_dtypes_are_promoted_as_numpy_does(B: ArrayBackend) -> None:
    for a, b in [("float32", "float64"), ("int64", "float32"), ("float32", "complex64")]:
        made = B.concatenate([B.ones(1, a), B.ones(1, b)])
        assert B.to_numpy(made).dtype == np.result_type(a, b)


def test_lists_of_native_arrays_become_one_array(B: ArrayBackend) -> None:
    x = B.array([3.0, 4.0])
    assert B.to_numpy(B.array([[x[0], 1.0], [2, x[1]]])).tolist() == [[3, 1], [2, 4]]


def test_a_copy_is_one(B: ArrayBackend) -> None:
    host = np.arange(3.0)
    copies = B.array(host), B.from_numpy(host)
    host[:] = -1
    for copy in copies:
        assert B.to_numpy(copy).tolist() == [0, 1, 2]
    back = B.to_numpy(copies[0])
    back[:] = -1
    assert B.to_numpy(copies[0]).tolist() == [0, 1, 2]
    assert B.asarray(copies[0]) is copies[0]


# -- derivatives -----------------------------------------------------------------------------


def test_how_derivatives_are_obtained_can_be_asked(B: ArrayBackend) -> None:
    expected = "autodiff" if B.name in AUTODIFF else "central differences"
    assert B.differentiation == expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("magnitude", [1e-6, 1.0, 1e6])
def test_gradients_are_as_good_as_their_method(
    B: ArrayBackend, dtype: str, magnitude: float
) -> None:
    x = B.array([magnitude, -2 * magnitude], dtype)
    value, gradient = B.value_and_grad(lambda v: B.sum(v * v * v))(x)
    host = B.to_numpy(x).astype(float)
    eps = np.finfo(dtype).eps
    rtol = 4 * eps if B.name in AUTODIFF else 10 * eps ** (2 / 3)
    assert gradient.dtype == B.dtype(dtype)
    np.testing.assert_allclose(B.to_numpy(gradient), 3 * host**2, rtol=rtol)
    np.testing.assert_allclose(B.to_numpy(value), (host**3).sum(), rtol=4 * eps)


def test_argnums_choose_the_arguments(B: ArrayBackend) -> None:
    def f(x: Any, scale: Any, name: str) -> Any:
        assert name == "f"
        return B.sum(x) * scale

    x = B.array([1.0, 2.0])
    _, gradient = B.value_and_grad(f, argnums=1)(x, 3.0, "f")
    assert B.to_numpy(gradient) == pytest.approx(3.0)
    _, both = B.value_and_grad(f, argnums=(0, 1))(x, 3.0, "f")
    assert [B.to_numpy(g).tolist() for g in both] == [pytest.approx([3, 3]), pytest.approx(3)]
    jacobians = B.jacobian(lambda a, b: a * b, argnums=(0, 1))(x, x)
    for jacobian in jacobians:
        np.testing.assert_allclose(B.to_numpy(jacobian), np.diag([1, 2]), atol=1e-9)
    with pytest.raises(ConfigurationError, match="argnums 2"):
        B.value_and_grad(lambda a: a, argnums=2)(x)


def test_what_cannot_be_differentiated_is_refused(B: ArrayBackend) -> None:
    x = B.array([1.0, 2.0])
    with pytest.raises(DifferentiationError, match="Use jacobian"):
        B.value_and_grad(lambda v: v)(x)
    with pytest.raises(ConfigurationError, match="real arguments"):
        B.value_and_grad(lambda v: B.sum(B.abs(v)))(B.array([1j]))


def test_a_lost_derivative_is_never_a_difference(tmp_path: Path) -> None:
    torch = backend("torch", tmp_path)
    with pytest.raises(DifferentiationError, match="autograd lost track"):
        torch.value_and_grad(lambda v: torch.array(float(torch.sum(v)) ** 2))(torch.ones(2))
    jax = backend("jax", tmp_path)
    with pytest.raises(Exception, match="concrete"):
        jax.value_and_grad(lambda v: jax.array(float(jax.sum(v)) ** 2))(jax.ones(2))


def test_detach_holds_constant_or_refuses(B: ArrayBackend) -> None:
    differentiated = B.value_and_grad(lambda v: B.sum(B.detach(v) * v))
    x = B.array([1.0, 2.0])
    if B.name in AUTODIFF:
        assert B.to_numpy(differentiated(x)[1]).tolist() == [1, 2]
    else:
        with pytest.raises(UnsupportedOperationError, match="cannot hold"):
            differentiated(x)


def test_differences_outside_the_domain_are_refused() -> None:
    B = create_backend("numpy")
    with np.errstate(invalid="ignore"), pytest.raises(DifferentiationError, match="not finite"):
        B.value_and_grad(lambda v: B.sum(B.sqrt(v)))(B.array([0.0, 1.0]))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_scale_with_dtype_and_magnitude(dtype: str) -> None:
    x = np.array([1e4, 1.0, 0.0, 1e-3], dtype)
    taken = differences.steps(x, 1)
    cbrt = np.finfo(dtype).eps ** (1 / 3)
    np.testing.assert_allclose(taken, cbrt * np.array([1e4, 10, 10, 10]), rtol=1e-2)
    assert (x + taken - x == taken).all(), "the step is exact"
    assert differences.steps(np.zeros(1, dtype), 1)[0] == pytest.approx(cbrt, rel=1e-2)


def test_kernels_can_be_differentiated(B: ArrayBackend) -> None:
    grid = B.linspace(-1.0, 1.0, 3)

    def peak(particles: Any) -> Any:
        return B.sum(B.gaussian_kde(particles, grid, 0.5))

    def solved(diag: Any) -> Any:
        off = B.array([0.0, 1.0, 1.0])
        return B.sum(B.solve_tridiagonal(off, diag, off, B.ones(3)))

    for function, at in ((peak, [0.1, -0.3]), (solved, [4.0, 5.0, 6.0])):
        _, gradient = B.value_and_grad(function)(B.array(at))
        reference = create_backend("numpy")
        x = np.array(at)
        step = 1e-6
        for i, slope in enumerate(B.to_numpy(gradient)):
            up, down = (x + s * step * (np.arange(len(x)) == i) for s in (1, -1))
            difference = (function(B.array(up)) - function(B.array(down))) / (2 * step)
            assert slope == pytest.approx(float(B.to_numpy(difference)), rel=1e-6)
        assert reference.name == "numpy"


# -- mapping ---------------------------------------------------------------------------------


def policies(B: ArrayBackend) -> list[str]:
    return ["auto", "off", "force"] if B.vectorizes else ["auto", "off"]


def test_one_mapping_rule(B: ArrayBackend) -> None:
    x, table = B.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), B.array([10.0, 20.0])

    def f(row: Any, weights: Any, *, shift: float) -> Any:
        assert tuple(row.shape) == (2,)
        assert tuple(weights.shape) == (2,)
        return B.sum(row * weights) + shift, row

    for policy in policies(B):
        mapped = vectorize_or_fallback(f, B, policy=policy)  # type: ignore[arg-type]
        sums, rows = mapped(x, table, shift=1.0)
        assert B.to_numpy(sums).tolist() == [51, 111, 171]
        assert B.to_numpy(rows).tolist() == B.to_numpy(x).tolist()
    assert B.to_numpy(B.vmap(lambda r: B.sum(r))(x)).tolist() == [3, 7, 11]


@pytest.mark.parametrize("policy", ["auto", "force", "off"])
def test_an_exception_of_the_function_is_raised(B: ArrayBackend, policy: str) -> None:
    def f(row: Any) -> Any:
        raise KeyError("mine")

    if policy not in policies(B):
        with pytest.raises(UnsupportedOperationError, match="cannot vectorise"):
            vectorize_or_fallback(f, B, policy=policy)  # type: ignore[arg-type]
        return
    with pytest.raises(KeyError, match="mine"):
        vectorize_or_fallback(f, B, policy=policy)(B.ones((2, 2)))  # type: ignore[arg-type]


def test_what_cannot_be_vectorised_is_looped_or_refused(B: ArrayBackend) -> None:
    def f(row: Any) -> Any:
        return row if float(row[0]) > 0 else -row  # the value decides: no vectorisation

    x = B.array([[1.0], [-2.0]])
    assert B.to_numpy(vectorize_or_fallback(f, B)(x)).tolist() == [[1], [2]]
    if B.vectorizes:
        with pytest.raises(UnsupportedOperationError, match="f cannot be vectorised"):
            vectorize_or_fallback(f, B, policy="force")(x)


def test_nothing_to_map_is_refused(B: ArrayBackend) -> None:
    for policy in policies(B):
        mapped = vectorize_or_fallback(lambda r: r, B, policy=policy)  # type: ignore[arg-type]
        for x in (B.zeros((0, 2)), B.array(1.0)):
            with pytest.raises(ConfigurationError, match="leading axis"):
                mapped(x)
    with pytest.raises(UnknownNameError, match="auto, force, off"):
        vectorize_or_fallback(lambda r: r, B, policy="fast")  # type: ignore[arg-type]


# -- random numbers --------------------------------------------------------------------------


def test_equal_seeds_give_equal_numbers_everywhere(B: ArrayBackend) -> None:
    rng = B.rng(11)
    drawn = B.normal(rng, (2, 3)), B.choice(rng, 5, 4), B.normal(rng, 2, "float32")
    host = np.random.default_rng(11)
    expected: list[Callable[[], np.ndarray]] = [
        lambda: host.standard_normal((2, 3)),
        lambda: host.choice(5, 4),
        lambda: host.standard_normal(2).astype("float32"),
    ]
    for got, want in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(B.to_numpy(got), want())


# -- what is refused -------------------------------------------------------------------------


def test_solve_knows_four_assumptions(B: ArrayBackend) -> None:
    a, b = B.array([[4.0, 1.0], [1.0, 3.0]]), B.array([1.0, 2.0])
    for assume_a in ("gen", "sym", "her", "pos"):
        x = B.solve(a, b, assume_a)  # type: ignore[arg-type]
        np.testing.assert_allclose(B.to_numpy(B.matmul(a, x)), [1, 2], rtol=1e-14)
    with pytest.raises(UnknownNameError, match="gen, her, pos, sym"):
        B.solve(a, b, "banded")  # type: ignore[arg-type]


def test_it_is_the_protocol(B: ArrayBackend) -> None:
    assert isinstance(B, ArrayBackend)
    assert B.available
    assert B.device == "cpu"
    assert B.is_array(B.ones(1))
    assert not B.is_array("text")


# -- portable implementations ----------------------------------------------------------------

PORTABLE = ("kde/gaussian_kde", "linalg/solve", "md/center_of_mass", "tridiagonal/solve_batched")


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("kernel_id", PORTABLE)
def test_a_portable_kernel_is_verified_on_every_backend(
    suite_kernel: Callable[[str], SuiteKernel], kernel_id: str, name: str
) -> None:
    kernel = suite_kernel(kernel_id)
    for dtype in ("float64", "float32"):
        inputs = kernel.inputs(dtype=dtype)
        report = kernel.verify(kernel.run(f"{name}.portable", inputs), inputs, dtype)
        assert report.passed, report


# -- the referee -----------------------------------------------------------------------------


def test_methods_use_the_standard_alone_where_they_can() -> None:
    """array-api-strict refuses what the array API standard does not promise."""
    outcomes = completeness.check_backend(StrictArrays(), thorough=False)
    failed = {outcome.method.partition(":")[0] for outcome in outcomes if outcome.kind != "ok"}
    assert failed == set(BEYOND_THE_STANDARD)


def test_what_a_namespace_lacks_of_the_standard_is_listed(B: ArrayBackend) -> None:
    names = {name for name in array_api_strict.__all__ if "flags" not in name.lower()}
    names = {name for name in names - {"Device"} if not name.startswith("_")}
    lacking = {name for name in names if not hasattr(B.xp, name)}
    assert lacking == set(MISSING[B.name])
    page = completeness.PAGE.read_text(encoding="utf-8")
    for name in (*lacking, *BEYOND_THE_STANDARD):
        assert f"`{name}`" in page


def test_portable_kernels_run_on_the_referee(
    suite_kernel: Callable[[str], SuiteKernel],
) -> None:
    B = StrictArrays()
    for kernel_id in ("kde/gaussian_kde", "linalg/solve", "tridiagonal/solve_batched"):
        kernel = suite_kernel(kernel_id)
        inputs = kernel.inputs()
        implementation = kernel.folder.implementation("numpy.portable")
        assert implementation is not None
        function = load_implementation(implementation, inputs).function
        native = {k: B.array(v) if isinstance(v, np.ndarray) else v for k, v in inputs.items()}
        outputs = dict.fromkeys(kernel.kernel.outputs, B.to_numpy(function(B, **native)))
        assert kernel.verify(outputs, inputs).passed, kernel_id
