"""Mean-field games: published figures on every backend, invariants, planted faults."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from bench_harness.errors import ConfigurationError
from bench_harness.plan import Request, make_plan

ROOT = Path(__file__).parents[2] / "suites" / "mfg"
SOLVE_BACKENDS = ["python", "numpy", "numba", "torch", "jax", "cupynumeric"]


@pytest.fixture
def solve(suite_kernel):
    return suite_kernel("mfg/mfg_solve")


@pytest.fixture
def particles(suite_kernel):
    return suite_kernel("mfg/mfg_particles")


@pytest.fixture(scope="module")
def suite():
    """Return the suite's folder as a package of its own, for its shared modules."""
    name = "mfg_under_test"
    package = types.ModuleType(name)
    package.__path__ = [str(ROOT)]
    sys.modules[name] = package
    yield lambda module: importlib.import_module(f"{name}.{module}")
    for loaded in [key for key in sys.modules if key.partition(".")[0] == name]:
        del sys.modules[loaded]


def planted(path: str, right: str, wrong: str):
    """Return a module of the suite with one passage of its source changed."""
    source = (ROOT / path).read_text()
    assert source.count(right) == 1, f"{path} has {source.count(right)} times {right!r}"
    package, name = path.removesuffix(".py").split("/") if "/" in path else ("", path[:-3])
    folder = "mfg_under_test" + (f".{package}" if package else "")
    module = types.ModuleType(f"{folder}.{name}_planted")
    module.__package__ = folder
    if package and folder not in sys.modules:
        parent = types.ModuleType(folder)
        parent.__path__ = [str(ROOT / package)]
        sys.modules[folder] = parent
    exec(compile(source.replace(right, wrong), path, "exec"), module.__dict__)
    return module


def named(kernel, returned):
    return {name: np.asarray(value) for name, value in zip(kernel.outputs, returned, strict=True)}


# -- the published figures -------------------------------------------------------------------


@pytest.mark.parametrize("backend", SOLVE_BACKENDS)
def test_default_gives_the_published_figures(solve, suite, backend):
    inputs = solve.inputs("default")
    out = solve.run(backend, inputs)
    u, m = out["u"], out["m"]
    assert out["iterations"] == 37
    assert bool(out["converged"])
    assert u.max() == pytest.approx(6.070189251223348, abs=1e-9)
    assert u.min() == pytest.approx(-6.070189251223348, abs=1e-9)
    assert m.max() == pytest.approx(5.319293190722046, abs=1e-9)
    assert np.linalg.norm(u[0]) == pytest.approx(10.607305969848607, abs=1e-9)
    assert np.linalg.norm(m[-1]) == pytest.approx(9.445455879029929, abs=1e-9)
    rest = np.abs(suite("problem").value_residual(inputs, u, m)).max()
    assert rest == pytest.approx(7e-9, rel=0.05)
    report = solve.verify(out, inputs)
    assert report.passed, report.failures


@pytest.mark.slow
def test_compiled_default_gives_the_published_figures(solve):
    inputs = solve.inputs("default")
    out = solve.run("torch.compile", inputs)
    report = solve.verify(out, inputs)
    assert report.passed, report.failures
    assert out["iterations"] == 37
    assert np.linalg.norm(out["u"][0]) == pytest.approx(10.607305969848607, abs=1e-9)


@pytest.mark.parametrize("backend", ["numpy", "numba", "jax"])
@pytest.mark.parametrize(
    ("preset", "changed", "iterations"), [("default", {"theta": 0.8}, 17), ("bench", {}, 38)]
)
def test_iterations_of_the_other_published_solves(solve, backend, preset, changed, iterations):
    inputs = solve.inputs(preset, **changed)
    out = solve.run(backend, inputs)
    assert out["iterations"] == iterations
    report = solve.verify(out, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numpy", "numba", "torch", "jax"])
def test_limit_cycle_is_reported_as_not_converged(solve, backend):
    inputs = solve.inputs("negative_control")
    out = solve.run(backend, inputs)
    assert out["iterations"] == 200
    assert not out["converged"]
    assert out["changes"][-1, 1] == pytest.approx(0.34, abs=0.005)
    figures = {figure.label: figure.value(out) for figure in solve.kernel.figures}
    assert figures["Converged"] == "no"
    (remark,) = solve.kernel.remarks(inputs, out, None)
    assert remark.startswith("not converged after 200 iterations")
    assert "m by 0.34" in remark
    report = solve.verify(out, inputs)  # the same cycle on every backend
    assert report.passed, report.failures


def test_converged_solve_has_no_remark(solve):
    inputs = solve.inputs("smoke")
    out = solve.run("numpy", inputs)
    assert solve.kernel.remarks(inputs, out, None) == []
    assert {f.label: f.value(out) for f in solve.kernel.figures}["Converged"] == "yes"


# -- what every solution has -----------------------------------------------------------------


@pytest.mark.parametrize("backend", SOLVE_BACKENDS)
@pytest.mark.parametrize("preset", ["smoke", "generic"])
def test_every_backend_passes(solve, backend, preset):
    inputs = solve.inputs(preset)
    report = solve.verify(solve.run(backend, inputs), inputs)
    assert report.passed, report.failures


def test_dense_solves_pass_on_a_tiny_grid(solve):
    inputs = solve.inputs("smoke", nx=8, nt=2, t_end=0.05, max_iterations=4)
    report = solve.verify(solve.run("cupynumeric.dense", inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numpy", "numba", "jax"])
def test_mass_and_sign_are_kept(solve, backend):
    inputs = solve.inputs("default")
    m = solve.run(backend, inputs)["m"]
    mass = m.sum(axis=1) * inputs["dx"]
    # 1e-15 for a step; 20 of them and a sum over 51 nodes stay within a few.
    assert np.abs(mass - 1).max() < 5e-15
    assert np.abs(np.diff(mass)).max() < 2e-15
    assert m.min() > 0


def test_odd_and_even_numbers_of_nodes(solve):
    """The compiled elimination runs from both ends to a middle that exists only if odd."""
    for nx in (2, 3, 4, 5, 33, 34):
        inputs = solve.inputs("smoke", nx=nx)
        out = solve.run("numba", inputs)
        report = solve.verify(out, inputs)
        assert report.passed, (nx, report.failures)


def test_numpy_agrees_with_fifty_digits(solve):
    inputs = solve.inputs("smoke")
    truth = solve.kernel.truth(inputs)
    out = solve.run("numpy", inputs)
    assert np.abs(out["u"] - truth["u"]).max() < 1e-13
    assert np.abs(out["m"] - truth["m"]).max() < 1e-13
    assert out["iterations"] == truth["iterations"]


def test_python_agrees_with_numpy_and_the_textbook(solve, suite):
    inputs = solve.inputs("generic")
    reference = solve.run("numpy", inputs)
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in inputs.items()}
    for u, m, iterations in (
        suite("textbook").solve(**plain)[:3],
        tuple(solve.run("python", inputs).values())[:3],
    ):
        assert np.abs(np.array(u) - reference["u"]).max() < 1e-12
        assert np.abs(np.array(m) - reference["m"]).max() < 1e-12
        assert iterations == reference["iterations"]


def test_solution_is_self_consistent(solve, suite):
    """Without damping left: one more undamped sweep of the solution returns the solution."""
    inputs = solve.inputs("default", tolerance=1e-13)
    out = solve.run("numpy", inputs)
    problem = suite("problem")
    assert np.abs(problem.value_residual(inputs, out["u"], out["m"])).max() < 1e-10
    assert np.abs(problem.density_residual(inputs, out["u"], out["m"])).max() < 1e-10


# -- planted faults --------------------------------------------------------------------------


def verdict(solve, path, right, wrong, preset="default", **changed):
    """Plant a fault into the NumPy form and return the report on its outputs."""
    inputs = solve.inputs(preset, **changed)
    module = planted(path, right, wrong)
    if path == "numpy_sweeps.py":
        solver = planted(
            "mfg_solve/mfg_solve_numpy.py",
            "from ..numpy_sweeps import backward_sweep, forward_sweep\n", "",
        )  # fmt: skip
        solver.backward_sweep, solver.forward_sweep = module.backward_sweep, module.forward_sweep
    else:
        solver = module
    with np.errstate(all="ignore"):
        return solve.verify(named(solve.kernel, solver.mfg_solve(**inputs)), inputs)


@pytest.mark.parametrize(
    ("path", "right", "wrong"),
    [
        pytest.param(
            "numpy_sweeps.py", "np.subtract(-spread, inner, out=off)",
            "np.subtract(-spread, inner * (nodes - 1) / 10, out=off)",
            id="jacobian with a division too many",
        ),
        pytest.param(
            "numpy_sweeps.py", "centre[[0, -1]] = 1 + spread", "pass", id="corner dropped",
        ),
        pytest.param(
            "numpy_sweeps.py", "    diagonal[:, :-1] -= lower\n", "    diagonal[:, :-1] -= upper\n",
            id="density with the matrix itself",
        ),
        pytest.param(
            "mfg_solve/mfg_solve_numpy.py", "change_u < tolerance and change_m < tolerance",
            "np.hypot(change_u, change_m) < 2 * tolerance", id="one test over both tables",
        ),
        pytest.param(
            "mfg_solve/mfg_solve_numpy.py", "change_u < tolerance and change_m < tolerance",
            "change_u < tolerance or change_m < tolerance", id="either will do",
        ),
        pytest.param(
            "mfg_solve/mfg_solve_numpy.py", "forward_sweep(new_u, initial, spread)",
            "forward_sweep(theta * new_u + (1 - theta) * u, initial, spread)",
            id="density on the damped values",
        ),
        pytest.param(
            "mfg_solve/mfg_solve_numpy.py", "* m[1:] ** 2", "* m[:-1] ** 2",
            id="density one level early",
        ),
        pytest.param(
            "mfg_solve/mfg_solve_numpy.py", "scale * dt * gamma",
            "scale * dt * float(np.float32(gamma * 1.1)) / 1.1", id="float32 constant",
        ),
    ],
)  # fmt: skip
def test_planted_faults_are_caught(solve, suite, path, right, wrong):
    report = verdict(solve, path, right, wrong)
    assert not report.passed
    assert report.failures


def test_the_planting_itself_is_clean(solve, suite):
    report = verdict(
        solve, "numpy_sweeps.py", "Return the density at all", "Return the density at all"
    )
    assert report.passed, report.failures


def test_dropped_corner_breaks_the_mass(solve, suite):
    """The invariants condemn it without any reference: the fault may be in NumPy itself."""
    inputs = solve.inputs("smoke")
    out = solve.run("numpy", inputs)
    checks = {check.name: check for check in solve.kernel.invariants}
    eps = np.finfo(float).eps
    assert all(check.measure(inputs, out, eps) <= check.limit for check in checks.values())
    leaky = {**out, "m": out["m"] * np.linspace(1, 0.999, len(out["m"]))[:, None]}
    assert checks["mass"].measure(inputs, leaky, eps) > checks["mass"].limit
    assert checks["density equation"].measure(inputs, leaky, eps) > 100
    shifted = {**out, "u": np.roll(out["u"], 1, axis=0)}
    assert checks["value equation"].measure(inputs, shifted, eps) > 10
    signed = {**out, "m": out["m"] - 1e-3}
    assert checks["negative density"].measure(inputs, signed, eps) > 0


# -- particles -------------------------------------------------------------------------------


def test_particles_default_takes_as_many_iterations(particles):
    inputs = particles.inputs("default")
    out = particles.run("numba", inputs)
    assert out["iterations"] == 37
    assert bool(out["converged"])
    report = particles.verify(out, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["python", "numba", "torch", "jax", "cupynumeric"])
@pytest.mark.parametrize("seed", [0, 1])
def test_particles_agree(particles, backend, seed):
    inputs = particles.inputs("smoke", seed=seed)
    report = particles.verify(particles.run(backend, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("backend", ["numba", "torch", "jax"])
def test_particles_agree_off_round_numbers(particles, backend):
    inputs = particles.inputs("generic", seed=3, particles=113)
    report = particles.verify(particles.run(backend, inputs), inputs)
    assert report.passed, report.failures


def test_particles_start_at_the_quantiles_of_the_density(particles):
    inputs = particles.inputs("default")
    start, nx = inputs["start"], 50
    assert (np.diff(start) > 0).all()
    assert 0 < start[0] < start[-1] < 1
    edges = np.concatenate(([0], (np.arange(nx) + 0.5) / nx, [1]))
    share = np.histogram(start, edges)[0] / len(start)
    assert np.abs(share - inputs["initial"] / nx).max() <= 1.01 / len(start)


def test_particles_reflect_at_the_ends(particles):
    """Noise so large that particles cross both ends, and twice."""
    inputs = particles.inputs("smoke", sigma=6.0)
    out = particles.run("numpy", inputs)
    assert out["positions"].min() >= 0
    assert out["positions"].max() <= 1
    report = particles.verify(particles.run("numba", inputs), inputs)
    assert report.passed, report.failures


def test_noise_is_the_callers(particles):
    """The same inputs give the same bits; other noise gives another density."""
    inputs = particles.inputs("smoke")
    first, again = (particles.run("numpy", inputs)["m"] for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(inputs["noise"], particles.inputs("smoke", seed=1)["noise"])
    inputs["noise"] = -inputs["noise"]
    assert np.abs(particles.run("numpy", inputs)["m"] - first).max() > 1e-3


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("np.minimum(moved, 2.0 - moved, out=moved)", "np.clip(moved, 0, 1, out=moved)"),
        ("np.gradient(new_w[:-1], dx, axis=1)", "np.gradient(new_w[1:], dx, axis=1)"),
        ("np.subtract(2.0 * unit, inside", "np.subtract(unit, inside"),
        ("sums / (sums.sum() * dx)", "sums * np.sqrt(0.5 / np.pi) / (count * bandwidth)"),
    ],
    ids=["clipped, not reflected", "level shifted", "image misplaced", "not scaled to mass 1"],
)
def test_planted_faults_in_the_particles_are_caught(particles, suite, right, wrong):
    inputs = particles.inputs("smoke")
    module = planted("mfg_particles/mfg_particles_numpy.py", right, wrong)
    out = named(particles.kernel, module.mfg_particles(**inputs))
    report = particles.verify(out, inputs)
    assert not report.passed
    assert report.failures


# -- parameters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "bad", "message"),
    [
        ("solve", {"nx": 1}, "nx is 1; accepted: an integer >= 2"),
        ("solve", {"nt": 0}, "nt is 0"),
        ("solve", {"nt": 2.5}, "nt is 2.5"),
        ("solve", {"t_end": -1.0}, "t_end is -1.0; accepted: a finite number > 0"),
        ("solve", {"sigma": 0.0}, "sigma is 0.0"),
        ("solve", {"c": float("nan")}, "c is nan"),
        ("solve", {"gamma": "three"}, "gamma is 'three'"),
        ("solve", {"theta": 1.5}, "theta is 1.5; accepted: a damping factor"),
        ("solve", {"theta": 0}, "theta is 0"),
        ("solve", {"tolerance": True}, "tolerance is True"),
        ("solve", {"max_iterations": 0}, "max_iterations is 0"),
        ("particles", {"particles": 0}, "particles is 0"),
        ("particles", {"h": 0.2}, "h is 0.2"),
        ("particles", {"theta": -0.5}, "theta is -0.5"),
    ],
)
def test_bad_parameters_are_refused(request, kernel, bad, message):
    chosen = request.getfixturevalue(kernel)
    params = {**chosen.kernel.presets["smoke"], **bad}
    with pytest.raises(ConfigurationError, match=message):
        chosen.kernel.validate(**params)


def test_theta_is_reachable_from_the_command_line(solve):
    request = Request(presets=("default",), backends=("numpy",), changes={"theta": [0.8]})
    (group,) = make_plan({solve.folder.id: solve.folder}, request, gpu_present=False)
    (planned,) = group.cases
    assert planned.case.params["theta"] == 0.8
    assert planned.runs


def test_integers_are_accepted_where_numbers_are_meant(solve):
    whole, real = (solve.inputs("smoke", sigma=s, gamma=g) for s, g in ((1, 3), (1.0, 3.0)))
    assert isinstance(whole["sigma"], float)
    assert whole["sigma"] == real["sigma"]
    assert np.array_equal(solve.run("numpy", whole)["u"], solve.run("numpy", real)["u"])


def test_giving_up_early_is_reported(solve):
    inputs = solve.inputs("default", max_iterations=5)
    for backend in ("numpy", "numba", "jax"):
        out = solve.run(backend, inputs)
        assert out["iterations"] == 5
        assert not out["converged"]
        report = solve.verify(out, inputs)
        assert report.passed, report.failures


def test_slow_cases_say_why(solve, particles):
    default = solve.kernel.presets["default"]
    assert "minutes" in solve.kernel.slow("cupynumeric.dense", default)
    assert solve.kernel.slow("python", default) is None
    assert "pure Python" in particles.kernel.slow("python", particles.kernel.presets["default"])
    assert particles.kernel.slow("python", particles.kernel.presets["smoke"]) is None
