"""The `md` suite: numeric examples, external checks, invariances, planted faults, bad input."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench_harness import ConfigurationError
from bench_harness.functions import parameters, suite_function

KERNELS = (
    "angular_momentum",
    "angular_velocity",
    "center_of_mass",
    "decompose",
    "inertia_tensor",
    "kabsch_rmsd",
    "pipeline",
    "principal_axes",
    "shape",
    "torque",
)
BACKENDS = ("python", "numpy", "numba", "torch", "jax", "cupynumeric")
FAST = ("python", "numpy", "torch")  # nothing to compile: a few seeds each

Get = Callable[[str], Any]


def center(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    return masses @ positions / masses.sum()


def centered(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    return positions - center(positions, masses)[:, None]


def rotation(seed: int = 0) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


# -- every backend, verified as the runner does ----------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("label", BACKENDS)
def test_smoke_is_clean(suite_kernel: Get, kernel: str, label: str) -> None:
    k = suite_kernel(f"md/{kernel}")
    inputs = k.inputs("smoke")
    report = k.verify(k.run(label, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("label", FAST)
def test_seeds_presets_and_dtypes_are_clean(suite_kernel: Get, kernel: str, label: str) -> None:
    k = suite_kernel(f"md/{kernel}")
    clean = 0
    for preset in sorted(set(k.kernel.presets) & {"smoke", "offset", "rod", "zero"}):
        for dtype in ("float64",) if label == "python" else ("float64", "float32"):
            for seed in (1, 2):
                frames = 12 if label == "python" else 120
                inputs = k.inputs(preset, dtype=dtype, seed=seed, frames=frames)
                report = k.verify(k.run(label, inputs), inputs, dtype=dtype)
                assert report.passed, (preset, dtype, seed, report.failures)
                clean += 1
    assert clean >= 4


@pytest.mark.parametrize("label", ["numba.lapack", "numpy.jacobi", "jax.lapack"])
def test_variants_of_principal_axes(suite_kernel: Get, label: str) -> None:
    k = suite_kernel("md/principal_axes")
    inputs = k.inputs("rod")
    assert k.verify(k.run(label, inputs), inputs).failures == []


def test_compiled_torch(suite_kernel: Get) -> None:
    k = suite_kernel("md/center_of_mass")
    inputs = k.inputs("smoke")
    assert k.verify(k.run("torch.compile", inputs), inputs).failures == []


@pytest.mark.parametrize("one_product", [True, False])
@pytest.mark.parametrize("kernel", ["center_of_mass", "inertia_tensor", "angular_momentum"])
def test_torch_takes_centres_either_way(
    suite_kernel: Get, monkeypatch: pytest.MonkeyPatch, kernel: str, one_product: bool
) -> None:
    k = suite_kernel(f"md/{kernel}")
    inputs = k.inputs("offset")
    k.run("torch", inputs)  # imports the shared file
    frames = next(m for name, m in sys.modules.items() if name.endswith(".md.torch_frames"))
    monkeypatch.setattr(frames, "ONE_PRODUCT", one_product)
    assert k.verify(k.run("torch", inputs), inputs).failures == []


@pytest.mark.parametrize("kernel", ["inertia_tensor", "torque", "kabsch_rmsd", "pipeline"])
@pytest.mark.parametrize("order", ["every other frame", "every other atom", "by columns"])
def test_a_trajectory_need_not_be_contiguous(suite_kernel: Get, kernel: str, order: str) -> None:
    k = suite_kernel(f"md/{kernel}")
    inputs = k.inputs("smoke")

    def scattered(value: Any) -> Any:
        if np.ndim(value) != 3:
            return value
        if order == "by columns":
            return np.asfortranarray(value)
        axis = ["every other frame", "every other atom"].index(order)
        pick = (slice(None),) * axis + (slice(None, None, 2),)
        return np.repeat(value, 2, axis)[pick]

    lying = {name: scattered(value) for name, value in inputs.items()}
    assert not lying["positions"].flags.c_contiguous
    function = suite_function(k.folder.id, "numba", "", "cpu")
    order_of = parameters(k.folder.id)
    expected, found = (function(*(given[name] for name in order_of)) for given in (inputs, lying))
    np.testing.assert_array_equal(
        np.hstack([*map(np.ravel, found)]), np.hstack([*map(np.ravel, expected)])
    )


@pytest.mark.parametrize("atoms", [4, 5, 7, 33])
@pytest.mark.parametrize("label", ["python", "numpy", "numba", "torch"])
def test_odd_sizes(suite_kernel: Get, label: str, atoms: int) -> None:
    for kernel in ("center_of_mass", "inertia_tensor"):
        k = suite_kernel(f"md/{kernel}")
        inputs = k.inputs("smoke", atoms=atoms, frames=17)
        assert k.verify(k.run(label, inputs), inputs).failures == []


@pytest.mark.parametrize(
    "kernel", ["center_of_mass", "inertia_tensor", "angular_momentum", "torque"]
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numpy_itself_against_exact_sums(suite_kernel: Get, kernel: str, dtype: str) -> None:
    k = suite_kernel(f"md/{kernel}")
    inputs = k.inputs("smoke", dtype=dtype, frames=4)
    outputs = k.run("numpy", inputs)
    exact = k.kernel.truth(inputs)
    assert set(exact) == set(outputs)
    eps = np.finfo(dtype).eps
    for name, value in exact.items():
        assert np.abs(outputs[name] - value).max() <= 40 * eps * np.abs(value).max()


def test_no_output_of_the_pipeline_may_be_off_by_a_thousandth(suite_kernel: Get) -> None:
    k = suite_kernel("md/pipeline")
    inputs = k.inputs("smoke", dtype="float32")
    outputs = k.run("numpy", inputs)
    assert k.verify(outputs, inputs, dtype="float32").failures == []
    for name, value in outputs.items():
        wrong = {**outputs, name: value * np.float32(1.001)}
        failures = k.verify(wrong, inputs, dtype="float32").failures
        assert any(failure.startswith(f"{name}: ") for failure in failures), name


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_pipeline_itself_against_fifty_digits(suite_kernel: Get, dtype: str) -> None:
    k = suite_kernel("md/pipeline")
    inputs = k.inputs("smoke", dtype=dtype, frames=4)
    exact = k.kernel.truth(inputs)
    assert set(exact) == set(k.kernel.outputs)
    rounded = {name: value.astype(dtype) for name, value in exact.items()}
    assert k.verify(rounded, inputs, dtype=dtype).failures == []


# -- examples one can check by hand ----------------------------------------------------------


def dumbbell(offset: float = 0.0) -> dict[str, np.ndarray]:
    """Masses 2 and 6 amu at x = 0 and 4 angstrom: R = 3, reduced mass 1.5, I = 24."""
    rows = np.array([[0.0, 0, 0], [4.0, 0, 0]])
    return {"positions": rows[None] + offset, "masses": np.array([2.0, 6.0])}


@pytest.mark.parametrize("label", ["python", "numpy", "numba"])
def test_dumbbell(suite_kernel: Get, label: str) -> None:
    inputs = dumbbell()
    middle = suite_kernel("md/center_of_mass").run(label, inputs)["center"]
    inertia = suite_kernel("md/inertia_tensor").run(label, inputs)["inertia"]
    assert np.allclose(middle, [[3, 0, 0]], atol=1e-15)
    assert np.allclose(inertia, [np.diag([0, 24, 24])], atol=1e-13)
    speeds = np.array([[[0.0, -3, 0], [0, 1, 0]]])
    spin = suite_kernel("md/angular_momentum").run(label, {**inputs, "velocities": speeds})
    assert np.allclose(spin["angular_momentum"], [[0, 0, 24]], atol=1e-13)
    omega = suite_kernel("md/angular_velocity").run(
        label, {"inertia": inertia, "angular_momentum": spin["angular_momentum"]}
    )
    assert np.allclose(omega["angular_velocity"], [[0, 0, 1]], atol=1e-14)
    twist = suite_kernel("md/torque").run(label, {**inputs, "forces": speeds})
    assert np.allclose(twist["torque"], [[0, 0, 10]], atol=1e-13)


@pytest.mark.parametrize("label", ["python", "numpy", "numba", "torch"])
def test_a_rod_has_asphericity_one(suite_kernel: Get, label: str) -> None:
    outputs = suite_kernel("md/shape").run(label, dumbbell())
    assert np.allclose(outputs["radius_of_gyration"], np.sqrt(3))
    assert np.allclose(outputs["asphericity"], 1, atol=1e-14)
    assert np.allclose(outputs["acylindricity"], 0, atol=1e-14)


def test_a_cube_is_round(suite_kernel: Get) -> None:
    corners = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), float).reshape(3, 8).T
    inputs = {"positions": corners[None] + 5, "masses": np.full(8, 2.0)}
    outputs = suite_kernel("md/shape").run("numpy", inputs)
    assert np.allclose(outputs["radius_of_gyration"], np.sqrt(3))
    assert np.allclose([outputs["asphericity"], outputs["acylindricity"]], 0, atol=1e-14)


@pytest.mark.parametrize("label", BACKENDS)
def test_decompose_along_an_axis_and_without_one(suite_kernel: Get, label: str) -> None:
    vector = np.array([[3.0, -4, 12], [1, 2, 3]])
    reference = np.array([[0.0, 0, -2], [0, 0, 0]])
    outputs = suite_kernel("md/decompose").run(label, {"vector": vector, "reference": reference})
    assert np.allclose(outputs["parallel"][0], [0, 0, 12])
    assert np.allclose(outputs["perpendicular"][0], [3, -4, 0])
    assert np.isnan(outputs["parallel"][1]).all()
    assert np.isnan(outputs["perpendicular"][1]).all()


@pytest.mark.parametrize("label", ["python", "numpy", "numba", "torch", "jax", "cupynumeric"])
def test_a_rod_turns_across_itself(suite_kernel: Get, label: str) -> None:
    k = suite_kernel("md/angular_velocity")
    inertia = np.diag([5.0, 0.0, 5.0])[None]
    omega = k.run(label, {"inertia": inertia, "angular_momentum": np.array([[10.0, 0, -5]])})
    assert np.allclose(omega["angular_velocity"], [[2, 0, -1]], atol=1e-14)


def test_superposition_undoes_rotation_but_not_reflection(suite_kernel: Get) -> None:
    k = suite_kernel("md/kabsch_rmsd")
    inputs = k.inputs("smoke")
    first = inputs["positions"][0]
    moved = np.stack([first, first @ rotation().T + 17.3, first * [1, 1, -1]])
    for label in ("python", "numpy", "numba", "torch"):
        rmsd = k.run(label, {"positions": moved, "masses": inputs["masses"]})["rmsd"]
        assert rmsd[1] < 1e-12, label
        assert rmsd[2] > 1, label


def test_pipeline_obeys_newton(suite_kernel: Get) -> None:
    """Free rigid motion with forces m a: dL/dt is the torque, 100 amu A^2/ps^2 to a kJ/mol."""
    rng = np.random.default_rng(5)
    masses, body = rng.uniform(1, 30, 12), rng.standard_normal((12, 3)) * [2, 4, 7]
    times = np.cumsum(rng.uniform(0.5e-3, 1.5e-3, 60))
    turn = np.array([[0.0, -1.3, 0.4], [1.3, 0, -0.9], [-0.4, 0.9, 0]])  # x' = K x, K constant
    values, vectors = np.linalg.eig(turn)
    motion = np.einsum("ij,fj,jk->fik", vectors, np.exp(np.outer(times, values)), vectors.conj().T)
    stretch = 1 + 0.1 * np.sin(3 * times)  # breathing, so that L changes along its own direction
    rate, bend = 0.3 * np.cos(3 * times), -0.9 * np.sin(3 * times)
    spun = body @ motion.real.transpose(0, 2, 1)
    once, twice = spun @ turn.T, spun @ (turn @ turn).T
    s, u, b = (x[:, None, None] for x in (stretch, rate, bend))
    inputs = {
        "positions": s * spun,
        "velocities": u * spun + s * once,
        "forces": masses[:, None] * (b * spun + 2 * u * once + s * twice) / 100,
        "masses": masses,
        "times": times,
    }
    outputs = suite_kernel("md/pipeline").run("numpy", inputs)
    expected = 100 * outputs["torque"]
    error = np.abs(outputs["angular_momentum_rate"] - expected).max()
    assert error < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("label", ["python", "numba", "torch"])
def test_rate_is_the_second_order_difference(suite_kernel: Get, label: str) -> None:
    k = suite_kernel("md/pipeline")
    inputs = k.inputs("smoke", frames=7)
    outputs = k.run(label, inputs)
    momentum, times = outputs["angular_momentum"], inputs["times"]
    expected = np.gradient(momentum, times, axis=0, edge_order=2)
    assert np.allclose(outputs["angular_momentum_rate"], expected, rtol=1e-9)
    one_sided = np.gradient(momentum, times, axis=0, edge_order=1)
    wrong = {**k.run("numpy", inputs), "angular_momentum_rate": one_sided}
    assert not k.verify(wrong, inputs).passed


def test_pipeline_is_made_of_the_other_kernels(suite_kernel: Get) -> None:
    inputs = suite_kernel("md/pipeline").inputs("smoke")
    whole = suite_kernel("md/pipeline").run("numpy", inputs)

    def alone(kernel: str, *names: str, **more: np.ndarray) -> dict[str, np.ndarray]:
        given = {name: inputs[name] for name in names}
        return suite_kernel(f"md/{kernel}").run("numpy", {**given, **more})

    r, v, f, m = "positions", "velocities", "forces", "masses"
    inertia = alone("inertia_tensor", r, m)["inertia"]
    momentum = alone("angular_momentum", r, v, m)["angular_momentum"]
    axes = alone("principal_axes", inertia=inertia)["axes"]
    twist = alone("torque", r, f, m)["torque"]
    parts = alone("decompose", vector=twist, reference=axes[:, :, 0])
    omega = alone("angular_velocity", inertia=inertia, angular_momentum=momentum)
    for name, expected in {
        "center": alone("center_of_mass", r, m)["center"],
        "inertia": inertia,
        "angular_momentum": momentum,
        "angular_velocity": omega["angular_velocity"],
        "torque": twist,
        "torque_parallel": parts["parallel"],
        "torque_perpendicular": parts["perpendicular"],
        "torque_z": twist[:, 2],
    }.items():
        assert np.allclose(whole[name], expected, rtol=1e-11, atol=1e-9), name
    sizes = [np.linalg.norm(x, axis=1) for x in (twist, parts["parallel"], parts["perpendicular"])]
    expected = np.stack([*sizes, np.abs(twist[:, 2])], axis=1)
    assert np.allclose(whole["torque_magnitudes"], expected, rtol=1e-11)


# -- invariances -----------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["numpy", "numba", "torch", "python"])
def test_translation_boost_and_rotation(suite_kernel: Get, label: str) -> None:
    k = suite_kernel("md/angular_momentum")
    inputs = k.inputs("smoke")
    turn = rotation(1)

    def momentum(positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
        given = {"positions": positions, "velocities": velocities, "masses": inputs["masses"]}
        return k.run(label, given)["angular_momentum"]

    r, v = inputs["positions"], inputs["velocities"]
    plain = momentum(r, v)
    scale = np.abs(plain).max()
    assert np.abs(momentum(r + np.array([31.7, -5.3, 8.9]), v) - plain).max() < 1e-12 * scale
    assert np.abs(momentum(r, v + np.array([-3.1, 41.3, 7.7])) - plain).max() < 1e-12 * scale
    assert np.abs(momentum(r @ turn.T, v @ turn.T) - plain @ turn.T).max() < 1e-12 * scale


@pytest.mark.parametrize("label", ["numpy", "numba", "torch", "python"])
def test_inertia_moves_and_turns_with_the_molecule(suite_kernel: Get, label: str) -> None:
    k = suite_kernel("md/inertia_tensor")
    inputs = k.inputs("smoke")
    masses, r, turn = inputs["masses"], inputs["positions"], rotation(2)
    plain = k.run(label, inputs)["inertia"]
    scale = np.abs(plain).max()
    moved = k.run(label, {"positions": r - [7.1, 83.9, -20.3], "masses": masses})["inertia"]
    turned = k.run(label, {"positions": r @ turn.T, "masses": masses})["inertia"]
    assert np.abs(moved - plain).max() < 1e-13 * scale
    assert np.abs(turned - turn @ plain @ turn.T).max() < 1e-13 * scale


@pytest.mark.parametrize("label", ["numba", "torch.compile"])
@pytest.mark.parametrize("kernel", ["inertia_tensor", "angular_momentum"])
def test_a_first_atom_far_outside_costs_no_digits(
    suite_kernel: Get, kernel: str, label: str
) -> None:
    k = suite_kernel(f"md/{kernel}")
    inputs = k.inputs("offset")
    inputs["positions"][:, 0] += 5e4
    assert k.verify(k.run(label, inputs), inputs).failures == []


def test_projectors_agree_where_axes_do_not(suite_kernel: Get) -> None:
    k = suite_kernel("md/principal_axes")
    inputs = k.inputs("smoke")
    one, other = (k.run(label, inputs)["axes"] for label in ("numpy", "numba"))
    projectors = [np.einsum("fik,fjk->fkij", axes, axes) for axes in (one, other)]
    assert np.abs(projectors[0] - projectors[1]).max() < 1e-13


# -- external checks -------------------------------------------------------------------------


MDANALYSIS = """
import sys
import numpy as np
import MDAnalysis
from MDAnalysis.analysis import rms

given = np.load(sys.argv[1])
positions, masses = given["positions"], given["masses"]
universe = MDAnalysis.Universe.empty(len(masses), atom_resindex=[0] * len(masses), trajectory=True)
universe.add_TopologyAttr("masses", masses)
group, found = universe.atoms, []
for rows in positions:
    group.positions = rows
    rmsd = rms.rmsd(rows, positions[0], masses, center=True, superposition=True)
    shape = [group.radius_of_gyration(), group.asphericity(), rmsd]
    axes = group.principal_axes()[::-1].T
    parts = group.center_of_mass(), group.moment_of_inertia().ravel(), axes.ravel(), shape
    found.append(np.concatenate(parts))
np.save(sys.argv[2], found)
"""


def test_against_mdanalysis(suite_kernel: Get, tmp_path: Path) -> None:
    if importlib.util.find_spec("MDAnalysis") is None:
        pytest.skip("MDAnalysis is not installed")
    inputs = suite_kernel("md/pipeline").inputs("smoke", dtype="float32")  # what it stores
    given = {name: inputs[name].astype(float) for name in ("positions", "masses")}
    np.savez(tmp_path / "given.npz", **given)
    # A process of its own: its HDF5 library and cuPyNumeric's do not go together.
    script = [sys.executable, "-c", MDANALYSIS, tmp_path / "given.npz", tmp_path / "found.npy"]
    subprocess.run(script, check=True, capture_output=True, timeout=120)
    theirs = np.split(np.load(tmp_path / "found.npy"), [3, 12, 21, 22, 23], axis=1)
    middle, tensor, columns, radius, anisotropy, deviation = theirs
    ours = suite_kernel("md/inertia_tensor").run("numpy", given)["inertia"]
    axes = suite_kernel("md/principal_axes").run("numpy", {"inertia": ours})["axes"]
    form = suite_kernel("md/shape").run("numpy", given)
    rmsd = suite_kernel("md/kabsch_rmsd").run("numpy", given)["rmsd"]
    center = suite_kernel("md/center_of_mass").run("numpy", given)["center"]
    assert np.allclose(middle, center, rtol=1e-12)
    assert np.allclose(tensor.reshape(-1, 3, 3), ours, rtol=1e-9, atol=1e-8)
    cosines = np.abs(np.sum(columns.reshape(-1, 3, 3) * axes, axis=1))
    assert np.allclose(cosines, 1, atol=1e-9)
    assert np.allclose(radius[:, 0], form["radius_of_gyration"], rtol=1e-9)
    expected = form["asphericity"] ** 2 + 0.75 * form["acylindricity"] ** 2
    assert np.allclose(anisotropy[:, 0], expected, rtol=1e-9)
    # its formula cancels: good to sqrt(eps) Rg only
    assert np.allclose(deviation[:, 0], rmsd, rtol=1e-6, atol=1e-5)


def test_against_scipy(suite_kernel: Get) -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    transform = pytest.importorskip("scipy.spatial.transform")
    k = suite_kernel("md/angular_velocity")
    inputs = k.inputs("rod")
    omega = k.run("numpy", inputs)["angular_velocity"]
    for tensor, spin, found in zip(*inputs.values(), omega, strict=True):
        inverse = scipy_linalg.pinvh(tensor, rtol=1e-9)
        assert np.allclose(found, inverse @ spin, rtol=1e-9, atol=1e-12)
    k = suite_kernel("md/kabsch_rmsd")
    inputs = k.inputs("smoke")
    rmsd = k.run("numpy", inputs)["rmsd"]
    d = centered(inputs["positions"], inputs["masses"])
    for rows, found in zip(d, rmsd, strict=True):
        # scipy's rssd cancels: good to sqrt(eps) Rg only
        _, rssd = transform.Rotation.align_vectors(d[0], rows, weights=inputs["masses"])
        assert np.isclose(rssd / np.sqrt(inputs["masses"].sum()), found, rtol=1e-6, atol=1e-5)


# -- planted faults: each must fail ----------------------------------------------------------


def failures(k: Any, inputs: dict[str, Any], dtype: str = "float64", **wrong: Any) -> list[str]:
    """Return what the verifier says about the reference's outputs with `wrong` in their place."""
    outputs = {**k.run("numpy", inputs), **wrong}
    found: list[str] = k.verify(outputs, inputs, dtype=dtype).failures
    return found


@pytest.mark.parametrize("preset", ["smoke", "offset"])
def test_fault_momentum_without_the_velocity_of_the_centre(suite_kernel: Get, preset: str) -> None:
    k = suite_kernel("md/angular_momentum")
    inputs = k.inputs(preset)
    r, v, m = inputs["positions"], inputs["velocities"], inputs["masses"]
    absolute = np.einsum("n,fni->fi", m, np.cross(r, v))
    assert failures(k, inputs, angular_momentum=absolute)


def test_fault_one_factor_centred_only(suite_kernel: Get) -> None:
    """sum m (r - R) x v is the same in exact arithmetic; bulk motion takes its digits."""
    k = suite_kernel("md/angular_momentum")
    inputs = k.inputs("offset", bulk=61_370.3)
    r, v, m = inputs["positions"], inputs["velocities"], inputs["masses"]
    half = np.einsum("n,fni->fi", m, np.cross(centered(r, m), v))
    assert failures(k, inputs, angular_momentum=half)


def test_fault_absolute_momentum_corrected_afterwards(suite_kernel: Get) -> None:
    k = suite_kernel("md/angular_momentum")
    inputs = k.inputs("offset")
    r, v, m = inputs["positions"], inputs["velocities"], inputs["masses"]
    corrected = np.einsum("n,fni->fi", m, np.cross(r, v)) - m.sum() * np.cross(
        center(r, m), center(v, m)
    )
    assert failures(k, inputs, angular_momentum=corrected)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fault_raw_moments_far_from_the_origin(suite_kernel: Get, dtype: str) -> None:
    k = suite_kernel("md/inertia_tensor")
    inputs = k.inputs("offset", dtype=dtype)
    r, m = inputs["positions"], inputs["masses"]
    middle = center(r, m)
    raw = (r.transpose(0, 2, 1) * m) @ r - m.sum() * middle[:, :, None] * middle[:, None]
    trace = np.trace(raw, axis1=1, axis2=2)[:, None, None]
    inertia = (trace * np.eye(3) - raw).astype(dtype)
    assert failures(k, inputs, dtype, inertia=(inertia + inertia.transpose(0, 2, 1)) / 2)


def test_raw_moments_pass_near_the_origin(suite_kernel: Get) -> None:
    """Which is why the preset `offset` is needed."""
    k = suite_kernel("md/inertia_tensor")
    inputs = k.inputs("smoke", offset=0.0, bulk=0.0)
    r, m = inputs["positions"], inputs["masses"]
    middle = center(r, m)
    raw = (r.transpose(0, 2, 1) * m) @ r - m.sum() * middle[:, :, None] * middle[:, None]
    raw = (raw + raw.transpose(0, 2, 1)) / 2
    trace = np.trace(raw, axis1=1, axis2=2)[:, None, None]
    assert failures(k, inputs, inertia=trace * np.eye(3) - raw) == []


def test_fault_frames_by_frames(suite_kernel: Get) -> None:
    """(f, f, 3, 3) for (f, 3, 3), from a broadcast trace."""
    k = suite_kernel("md/inertia_tensor")
    inputs = k.inputs("smoke")
    good = k.run("numpy", inputs)["inertia"]
    wrong = np.broadcast_to(good, (len(good), *good.shape)).copy()
    assert any("shape" in reason for reason in failures(k, inputs, inertia=wrong))


def test_fault_total_where_a_sum_for_each_frame_is_meant(suite_kernel: Get) -> None:
    k = suite_kernel("md/center_of_mass")
    inputs = k.inputs("smoke")
    total = np.full((16, 3), center(inputs["positions"], inputs["masses"]).mean())
    assert failures(k, inputs, center=total)


def test_fault_geometric_centre(suite_kernel: Get) -> None:
    k = suite_kernel("md/center_of_mass")
    inputs = k.inputs("smoke")
    assert failures(k, inputs, center=inputs["positions"].mean(axis=1))


def test_fault_float32_constant_in_a_float64_kernel(suite_kernel: Get) -> None:
    k = suite_kernel("md/center_of_mass")
    inputs = k.inputs("smoke")
    masses = inputs["masses"].astype(np.float32).astype(float)
    assert failures(k, inputs, center=center(inputs["positions"], masses))


def test_fault_asphericity_from_moments_of_inertia(suite_kernel: Get) -> None:
    k = suite_kernel("md/shape")
    inputs = k.inputs("smoke")
    tensor = suite_kernel("md/inertia_tensor").run("numpy", inputs)["inertia"]
    a, b, c = np.linalg.eigvalsh(tensor).T
    assert failures(k, inputs, asphericity=(c - (a + b) / 2) / (a + b + c))
    assert failures(k, inputs, acylindricity=(b - a) / (a + b + c))


@pytest.mark.parametrize("factor", [16.605, 100.0, 0.01, 1 + 1e-9])
def test_fault_unit_constant(suite_kernel: Get, factor: float) -> None:
    k = suite_kernel("md/torque")
    inputs = k.inputs("smoke")
    assert failures(k, inputs, torque=k.run("numpy", inputs)["torque"] * factor)


def test_fault_torque_about_the_origin(suite_kernel: Get) -> None:
    k = suite_kernel("md/torque")
    inputs = k.inputs("smoke")
    about_origin = np.cross(inputs["positions"], inputs["forces"]).sum(axis=1)
    assert failures(k, inputs, torque=about_origin)


def test_fault_axes_as_rows_or_left_handed(suite_kernel: Get) -> None:
    k = suite_kernel("md/principal_axes")
    inputs = k.inputs("smoke")
    axes = k.run("numpy", inputs)["axes"]
    assert failures(k, inputs, axes=axes.transpose(0, 2, 1).copy())
    assert failures(k, inputs, axes=axes * [-1, 1, 1])
    assert failures(k, inputs, axes=axes * [-1, -1, 1]) == []  # no sign is more right than another


def test_fault_reflection_taken_for_a_rotation(suite_kernel: Get) -> None:
    k = suite_kernel("md/kabsch_rmsd")
    inputs = k.inputs("smoke")
    first = inputs["positions"][0]
    inputs["positions"] = np.stack([first, first * [1, 1, -1]])
    assert failures(k, inputs, rmsd=np.zeros(2))


def test_fault_rmsd_without_masses(suite_kernel: Get) -> None:
    k = suite_kernel("md/kabsch_rmsd")
    inputs = k.inputs("smoke")
    equal = {**inputs, "masses": np.ones_like(inputs["masses"])}
    assert failures(k, inputs, rmsd=k.run("numpy", equal)["rmsd"])


def test_fault_rmsd_by_the_cancelling_formula(suite_kernel: Get) -> None:
    k = suite_kernel("md/kabsch_rmsd")
    inputs = k.inputs("smoke")
    masses, d = inputs["masses"], centered(inputs["positions"], inputs["masses"])
    h = np.einsum("n,fni,nj->fij", masses, d, d[0])
    singular = np.linalg.svd(h, compute_uv=False).sum(axis=1)
    squares = np.einsum("n,fni,fni->f", masses, d, d)
    square = np.abs(squares + squares[0] - 2 * singular) / masses.sum()
    assert failures(k, inputs, rmsd=np.sqrt(square))


def test_fault_parts_along_a_reference_that_is_no_unit_vector(suite_kernel: Get) -> None:
    k = suite_kernel("md/decompose")
    inputs = k.inputs("smoke")
    v, ref = inputs["vector"], inputs["reference"]
    parallel = np.vecdot(v, ref)[:, None] * ref
    assert failures(k, inputs, parallel=parallel, perpendicular=v - parallel)


def test_fault_zeros_where_a_direction_is_missing(suite_kernel: Get) -> None:
    k = suite_kernel("md/decompose")
    inputs = k.inputs("zero")
    parallel = np.nan_to_num(k.run("numpy", inputs)["parallel"])
    assert failures(k, inputs, parallel=parallel)


# -- inputs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS)
def test_inputs_are_seeded_and_not_round(suite_kernel: Get, kernel: str) -> None:
    k = suite_kernel(f"md/{kernel}")
    one, same, other = k.inputs("smoke"), k.inputs("smoke"), k.inputs("smoke", seed=1)
    assert one.keys() == same.keys() == other.keys()
    for name, array in one.items():
        assert np.array_equal(array, same[name])
        assert not np.array_equal(array, other[name])
        assert np.mean(array == np.round(array, 3)) < 0.01


def test_the_molecule_is_where_the_preset_says(suite_kernel: Get) -> None:
    k = suite_kernel("md/pipeline")
    inputs = k.inputs("offset", bulk=0.0)
    middle = center(inputs["positions"], inputs["masses"])
    assert np.allclose(np.linalg.norm(middle, axis=1), 7340.3, atol=1)
    boosted = k.inputs("offset")
    speed = center(boosted["velocities"], boosted["masses"])
    assert np.allclose(np.linalg.norm(speed, axis=1), 613.7, atol=5)


@pytest.mark.parametrize(
    ("kernel", "changed"),
    [
        ("center_of_mass", {"frames": 0}),
        ("center_of_mass", {"atoms": 3}),
        ("center_of_mass", {"atoms": 10.5}),
        ("inertia_tensor", {"offset": -1.0}),
        ("inertia_tensor", {"offset": float("nan")}),
        ("torque", {"bulk": "fast"}),
        ("shape", {"rod": "yes"}),
        ("decompose", {"zeros": 17}),
        ("pipeline", {"frames": 2}),
    ],
)
def test_bad_parameters_are_refused(
    suite_kernel: Get, kernel: str, changed: dict[str, Any]
) -> None:
    k = suite_kernel(f"md/{kernel}").kernel
    with pytest.raises(ConfigurationError, match=next(iter(changed))):
        k.validate(**{**k.presets["smoke"], **changed})


@pytest.mark.parametrize("kernel", KERNELS)
def test_presets_validate(suite_kernel: Get, kernel: str) -> None:
    k = suite_kernel(f"md/{kernel}").kernel
    for params in k.presets.values():
        k.validate(**params)
    assert k.presets["smoke"]["frames"] == 16
    assert k.presets["full"]["frames"] == 10_000


def test_python_is_slow_only_where_it_is(suite_kernel: Get) -> None:
    k = suite_kernel("md/inertia_tensor").kernel
    assert k.slow("python", k.presets["default"]) is None
    assert "ten seconds" in k.slow("python", k.presets["full"])
    assert k.slow("numba", k.presets["full"]) is None
