"""The `kde` suite: definitions, external references, budgets that catch what they should."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy import stats

from bench_harness.discovery import discover, load_implementation
from bench_harness.errors import ConfigurationError

BACKENDS = ("python", "numpy", "numba", "torch", "jax")
KERNELS = ("gaussian_kde", "gaussian_kde_reflected", "silverman")
BATTERY = {
    "gaussian_kde": ("smoke", "narrow", "single", "underflow", "offset"),
    "gaussian_kde_reflected": ("smoke", "underflow", "offset"),
    "silverman": ("smoke", "offset", "pair"),
}


def direct(particles, grid, h):
    """Return the estimate as its definition reads, in float64."""
    u = (np.asarray(grid, float)[:, None] - np.asarray(particles, float)) / h
    return np.exp(-(u**2) / 2).sum(axis=1) / (len(particles) * h * np.sqrt(2 * np.pi))


def module_of(suite_kernel, kernel, label):
    """Return the imported file of one implementation."""
    folder = suite_kernel(f"kde/{kernel}").folder
    implementation = folder.implementation(label)
    inputs = suite_kernel(f"kde/{kernel}").inputs("smoke")
    return importlib.import_module(load_implementation(implementation, inputs).function.__module__)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("backend", [*BACKENDS, "numba.libm"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_backend_is_within_budget(suite_kernel, kernel, backend, dtype):
    if backend == "python" and dtype == "float32":
        pytest.skip("pure Python has float64 only")
    if backend == "numba.libm" and kernel != "gaussian_kde":
        pytest.skip("a variant of gaussian_kde alone")
    k = suite_kernel(f"kde/{kernel}")
    for preset in BATTERY[kernel]:
        for seed in (0, 1):
            small = {"n": 700, "m": 81} if preset in ("underflow", "offset") else {}
            if kernel == "silverman":
                small.pop("m", None)
            inputs = k.inputs(preset, dtype=dtype, seed=seed, **small)
            report = k.verify(k.run(backend, inputs), inputs, dtype=dtype)
            assert report.passed, (preset, seed, report.failures)
            assert all(output.compared for output in report.outputs)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["torch.compile", "cupynumeric"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_compiled_and_lazy_backends_are_within_budget(suite_kernel, kernel, label):
    k = suite_kernel(f"kde/{kernel}")
    for preset in ("smoke", "offset"):
        inputs = k.inputs(preset, **({"n": 700} if preset == "offset" else {}))
        report = k.verify(k.run(label, inputs), inputs)
        assert report.passed, (preset, report.failures)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_agrees_with_50_digits(suite_kernel, kernel, backend):
    k = suite_kernel(f"kde/{kernel}")
    inputs = k.inputs("smoke")
    outputs, truth = k.run(backend, inputs), k.kernel.truth(inputs)
    assert set(truth) == set(k.kernel.outputs)
    for name, exact in truth.items():
        np.testing.assert_allclose(outputs[name], exact, rtol=0, atol=2e-15 * 50 * exact.max())


# -- definitions -------------------------------------------------------------------------------


def test_the_bandwidth_is_absolute_and_scipys_a_factor(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("narrow")
    ours = k.run("numpy", inputs)["density"]
    particles, grid, h = inputs["particles"], inputs["grid"], inputs["bandwidth"]
    factor = h / particles.std(ddof=1)
    scipys = stats.gaussian_kde(particles, bw_method=factor)(grid)
    assert np.abs(ours - scipys).max() < 4e-14
    mistaken = stats.gaussian_kde(particles, bw_method=h)(grid)
    assert 0.32 < np.abs(ours - mistaken).max() < 0.61  # a published inconsistency
    report = k.verify({"density": mistaken}, inputs)
    assert not report.passed
    assert any("density" in failure for failure in report.failures)


def test_one_particle_is_one_gaussian(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("single")
    h, x = inputs["bandwidth"], inputs["grid"] - inputs["particles"][0]
    expected = np.exp(-((x / h) ** 2) / 2) / (h * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(k.run("numpy", inputs)["density"], expected, atol=1e-14)


def test_equal_particles_are_one_gaussian(suite_kernel):
    """SciPy refuses a sample without variance; an absolute bandwidth needs none."""
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("single")
    repeated = {**inputs, "particles": np.repeat(inputs["particles"], 7)}
    one, seven = (k.run("numpy", i)["density"] for i in (inputs, repeated))
    np.testing.assert_allclose(seven, one, rtol=1e-14)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_permutation_shift_and_scale(suite_kernel, backend):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke", seed=3)
    f = k.run(backend, inputs)["density"]

    def changed(**changes):
        return k.run(backend, {**inputs, **changes})["density"]

    order = np.random.default_rng(0).permutation(len(inputs["particles"]))
    shuffled = changed(particles=inputs["particles"][order])
    np.testing.assert_allclose(shuffled, f, rtol=0, atol=1e-14 * f.max())
    shifted = changed(particles=inputs["particles"] + 8.0, grid=inputs["grid"] + 8.0)
    np.testing.assert_allclose(shifted, f, rtol=0, atol=1e-12 * f.max())
    doubled = changed(**{n: 2 * inputs[n] for n in ("particles", "grid", "bandwidth")})
    np.testing.assert_allclose(2 * doubled, f, rtol=0, atol=1e-14 * f.max())


def test_mirroring_is_the_sum_over_images_and_keeps_the_mass(suite_kernel):
    k = suite_kernel("kde/gaussian_kde_reflected")
    inputs = k.inputs("smoke")
    p, h = inputs["particles"], inputs["bandwidth"]
    f = k.run("numpy", inputs)["density"]
    expected = sum(direct(images, inputs["grid"], h) for images in (p, -p, 2 - p))
    np.testing.assert_allclose(f, expected, rtol=1e-13)
    assert np.trapezoid(f, inputs["grid"]) == pytest.approx(1, abs=1e-10)
    plain = direct(p, inputs["grid"], h)
    assert np.trapezoid(plain, inputs["grid"]) < 0.95  # what mirroring is for
    assert not k.verify({"density": plain}, inputs).passed


def test_rules_of_thumb_are_scipys(suite_kernel):
    k = suite_kernel("kde/silverman")
    inputs = k.inputs("smoke")
    found = k.run("numpy", inputs)
    std = inputs["particles"].std(ddof=1)
    for rule in ("scott", "silverman"):
        factor = stats.gaussian_kde(inputs["particles"], bw_method=rule).factor
        assert found[rule] == pytest.approx(factor * std, rel=1e-14)


# -- what the budgets must catch ---------------------------------------------------------------


def test_the_exponent_by_matrix_product_fails_where_it_cancels(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")

    def by_product(particles, grid, bandwidth):
        x, y = grid / bandwidth, particles / bandwidth
        exponent = np.outer(x, y) - (x**2)[:, None] / 2 - y**2 / 2
        return np.exp(exponent).sum(axis=1) / (len(y) * bandwidth * np.sqrt(2 * np.pi))

    for preset in ("underflow", "offset"):
        inputs = k.inputs(preset, n=700)
        assert not k.verify({"density": by_product(**inputs)}, inputs).passed, preset
        plain = direct(inputs["particles"], inputs["grid"], inputs["bandwidth"])
        assert k.verify({"density": plain}, inputs).passed, preset


def test_an_exponential_without_a_floor_fails_on_underflow(suite_kernel):
    """Shifting the exponent's bits wraps round below 2**-1022, to anything."""
    k = suite_kernel("kde/gaussian_kde")

    def wrapping(x):
        whole = np.rint(x)
        bits = (np.exp2(x - whole)).view(np.int64) + (whole.astype(np.int64) << 52)
        return bits.view(np.float64)

    for preset, passes in (("narrow", True), ("underflow", False)):
        inputs = k.inputs(preset, n=300)
        u = (inputs["grid"][:, None] - inputs["particles"]) / inputs["bandwidth"]
        terms = wrapping(-(u**2) / 2 / np.log(2))
        norm = u.shape[1] * inputs["bandwidth"] * np.sqrt(2 * np.pi)
        with np.errstate(all="ignore"):
            report = k.verify({"density": terms.sum(axis=1) / norm}, inputs)
        assert report.passed == passes, (preset, report.failures)


def test_a_float32_constant_in_float64_fails(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke")
    rounded = {**inputs, "bandwidth": float(np.float32(inputs["bandwidth"]))}
    assert not k.verify({"density": direct(**renamed(rounded))}, inputs).passed


def renamed(inputs):
    """Return the arguments of `direct`."""
    return {"particles": inputs["particles"], "grid": inputs["grid"], "h": inputs["bandwidth"]}


def test_a_lost_normalisation_breaks_the_mass(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("default", n=500)
    density = 1.001 * direct(**renamed(inputs))
    failures = k.verify({"density": density}, inputs).failures
    assert any(failure.startswith("mass:") for failure in failures)


def test_a_negative_density_is_refused(suite_kernel):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke")
    density = direct(**renamed(inputs))
    density[0] = -1e-300
    failures = k.verify({"density": density}, inputs).failures
    assert [failure.split(":")[0] for failure in failures] == ["negative part"]


def test_raw_moments_fail_at_an_offset(suite_kernel):
    k = suite_kernel("kde/silverman")
    inputs = k.inputs("offset", n=1_000)
    x, n = inputs["particles"], len(inputs["particles"])
    std = np.sqrt((np.sum(x**2) - n * x.mean() ** 2) / (n - 1))
    outputs = {"scott": std * n**-0.2, "silverman": std * (0.75 * n) ** -0.2}
    assert not k.verify({k: np.asarray(v) for k, v in outputs.items()}, inputs).passed
    biased = x.std()
    outputs = {"scott": biased * n**-0.2, "silverman": biased * (0.75 * n) ** -0.2}
    assert not k.verify({k: np.asarray(v) for k, v in outputs.items()}, inputs).passed


# -- implementations ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_polynomial_exponential_is_within_an_ulp_or_so(suite_kernel, dtype):
    suite_kernel("kde/gaussian_kde").run("numba", suite_kernel("kde/gaussian_kde").inputs())
    module = module_of(suite_kernel, "gaussian_kde", "numba")
    common = importlib.import_module(module.exp2_negative.__module__)
    scalar = getattr(common, f"_exp2_{dtype}")
    lowest = -1021.0 if dtype == "float64" else -125.0
    x = -np.random.default_rng(0).uniform(0, 30, 4_000).astype(dtype)
    x = np.append(x, np.array([0.0, -0.5, -1.0, lowest], dtype))
    found = np.array([scalar(v) for v in x])
    assert np.array_equal(found, found.astype(dtype))  # computed in this precision
    exact = np.exp2(x.astype(np.longdouble))
    error = np.abs(found - exact) / np.spacing(exact.astype(dtype))
    assert error.max() < 1.5
    assert scalar(np.dtype(dtype).type(-1e30)) == np.finfo(dtype).tiny


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_the_derivative_in_the_bandwidth(suite_kernel, backend):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke")
    module = module_of(suite_kernel, "gaussian_kde", backend)
    p, x, h = inputs["particles"], inputs["grid"], inputs["bandwidth"]
    u = (x[:, None] - p) / h
    terms = np.exp(-(u**2) / 2) * (u**2 - 1)
    expected = (terms.sum(axis=1) / (len(p) * h**2 * np.sqrt(2 * np.pi))).sum()
    k.run(backend, inputs)  # starts the backend, with 64-bit floats in jax
    if backend == "torch":
        import torch

        at = torch.tensor(h, dtype=torch.float64, requires_grad=True)
        module.gaussian_kde(torch.tensor(p), torch.tensor(x), at).sum().backward()
        found = at.grad.item()
    else:
        import jax

        found = jax.grad(lambda at: module.gaussian_kde(p, x, at).sum())(h)
    assert abs(found - expected) < 1e-11 * np.abs(terms).sum()
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 511, 512, 513, 1_025])
@pytest.mark.parametrize("m", [2, 3, 64])
def test_sizes_around_the_blocks_of_the_numba_form(suite_kernel, n, m):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke", n=n, m=m)
    report = k.verify(k.run("numba", inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", ["numpy", "torch"])
def test_tiles_that_divide_neither_the_particles_nor_the_grid(suite_kernel, label, monkeypatch):
    k = suite_kernel("kde/gaussian_kde")
    inputs = k.inputs("smoke", n=1_003, m=57)
    module = module_of(suite_kernel, "gaussian_kde", label)
    for bytes_, elements in ((8 * 100, 100), (8 * 3_500, 3_500)):
        if label == "numpy":
            monkeypatch.setattr(module, "TILE_BYTES", bytes_)
        else:
            monkeypatch.setattr(module, "TILE", {"cpu": elements})
        expected = direct(**renamed(inputs))
        np.testing.assert_allclose(k.run(label, inputs)["density"], expected, atol=1e-14)


@pytest.mark.parametrize(
    ("kernel", "changes"),
    [
        ("gaussian_kde", {"n": 0}),
        ("gaussian_kde", {"m": 1}),
        ("gaussian_kde", {"h": 0.0}),
        ("gaussian_kde", {"h": -0.1}),
        ("gaussian_kde", {"h": float("nan")}),
        ("gaussian_kde_reflected", {"lower": 2.0}),
        ("gaussian_kde_reflected", {"h": 0.5}),
        ("silverman", {"n": 1}),
        ("silverman", {"std": 0.0}),
    ],
)
def test_bad_parameters_are_named(suite_kernel, kernel, changes):
    k = suite_kernel(f"kde/{kernel}").kernel
    (name,) = changes
    with pytest.raises(ConfigurationError, match=name):
        k.validate(**{**k.presets["smoke"], **changes})


def test_every_preset_is_valid_and_every_backend_has_a_file():
    for kernel_id, folder in discover().items():
        if kernel_id.startswith("kde/"):
            labels = {implementation.label for implementation in folder.implementations}
            expected = {"python", "numpy", "numba", "torch", "torch.compile", "jax", "cupynumeric"}
            assert expected <= labels, kernel_id
