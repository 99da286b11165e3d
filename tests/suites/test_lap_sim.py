"""The lap simulation: published laps, closed forms, gradients, bad input, planted faults."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench_harness import ConfigurationError
from bench_harness.backends import split_label
from bench_harness.discovery import load_implementation

SPA = str(Path(__file__).parents[1] / "data" / "spa_francorchamps.csv")
G = 9.80665

BACKENDS = ("python", "numpy", "numba", "torch", "jax", "cupynumeric")
FAST = ("python", "numba", "torch", "jax")


@pytest.fixture(scope="module")
def point(suite_kernel):
    return suite_kernel("lap_sim/point_mass")


@pytest.fixture(scope="module")
def single(suite_kernel):
    return suite_kernel("lap_sim/single_track")


@pytest.fixture(scope="module")
def sweep(suite_kernel):
    return suite_kernel("lap_sim/point_mass_sweep")


@pytest.fixture(scope="module")
def suite(point):
    """The module of the kernel's definition; its car, model and tracks hang on it."""
    return inspect.getmodule(inspect.unwrap(point.kernel.make_inputs))


@pytest.fixture(scope="module")
def tracks(suite):
    return suite.model.tracks


def module_of(kernel, label: str, inputs: dict[str, Any]):
    """Return the module of one implementation."""
    function = load_implementation(kernel.folder.implementation(label), inputs).function
    return sys.modules[getattr(function, "py_func", function).__module__]


def run_uncompiled(kernel, inputs: dict[str, Any]) -> dict[str, np.ndarray]:
    """Run the torch.compile form without compiling: the same arithmetic, in milliseconds."""
    torch = pytest.importorskip("torch")
    function = load_implementation(kernel.folder.implementation("torch.compile"), inputs).function
    native = {
        name: torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value
        for name, value in inputs.items()
    }
    with torch.compiler.set_stance("force_eager"):
        returned = function(**native)
    return {
        name: value.numpy() for name, value in zip(kernel.kernel.outputs, returned, strict=True)
    }


def lap_time(kernel, label: str, **params: Any) -> float:
    return float(kernel.run(label, kernel.inputs("spa", **{"track": SPA, **params}))["lap_time"])


# -- the track -------------------------------------------------------------------------------


def test_spa_file_has_the_published_geometry(tracks):
    track = tracks.load(SPA)
    geometry = tracks.geometry(track)
    assert len(track.x) == 1402
    assert (track.x[0], track.y[0]) == (track.x[-1], track.y[-1])
    assert float(tracks.arc_length(track)[-1]) == pytest.approx(7000.0501643226435, abs=1e-9)
    assert geometry.ds.min() == pytest.approx(4.674, abs=5e-4)
    assert geometry.ds.max() == pytest.approx(5.232, abs=5e-4)
    assert np.abs(geometry.curvature).max() == pytest.approx(0.09633980605725, rel=1e-11)


def test_derivative_is_the_one_of_the_specification(tracks):
    rng = np.random.default_rng(3)
    s = np.cumsum(rng.uniform(0.5, 1.5, 9))
    f = rng.standard_normal(9)
    a, b = s[1:-1] - s[:-2], s[2:] - s[1:-1]
    inside = -b / (a * (a + b)) * f[:-2] + (b - a) / (a * b) * f[1:-1] + a / (b * (a + b)) * f[2:]
    track = tracks.Track(s, 0 * s, f, 0 * s)
    grade = tracks.geometry(track).grade
    np.testing.assert_allclose(grade[1:-1], inside, rtol=1e-12, atol=1e-13)
    assert grade[0] == pytest.approx((f[1] - f[0]) / (s[1] - s[0]))
    assert grade[-1] == pytest.approx((f[-1] - f[-2]) / (s[-1] - s[-2]))


def test_built_in_tracks(tracks):
    points = {"spa": 1402, "circle": 721, "eight": 1201, "straight": 501}
    for name, count in points.items():
        track = tracks.load(name)
        assert len(track.x) == count, name
        assert name == "straight" or (track.x[0], track.y[0]) == (track.x[-1], track.y[-1])
    hilly = tracks.geometry(tracks.load("hilly"))
    assert np.ptp(hilly.grade) > 0.1
    assert np.ptp(hilly.banking) > 0.1
    circle = tracks.geometry(tracks.load("circle"))
    np.testing.assert_allclose(circle.curvature[2:-2], 1 / 50, rtol=1e-4)
    assert not tracks.geometry(tracks.load("straight")).curvature.any()


def test_built_in_spa_is_the_stretches_closed_with_little_change(tracks):
    track = tracks.load("spa")
    geometry = tracks.geometry(track)
    assert geometry.ds.sum() == pytest.approx(7000.05, abs=2.0)
    assert geometry.ds.std() < 0.01 * geometry.ds.mean()  # the closing step is like the others
    turned = float(np.sum(geometry.curvature[:-1] * geometry.ds))
    assert turned == pytest.approx(-2 * np.pi, abs=0.01)
    assert np.abs(geometry.curvature).max() == pytest.approx(0.065634, rel=0.05)


CELLS = st.sampled_from(["", "nan", "inf", "-1e308", "1e999", "x", "0", "1,2", "\x00"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.integers(0, 60),
    cells=st.dictionaries(st.tuples(st.integers(0, 60), st.integers(0, 4)), CELLS, max_size=3),
    at=st.integers(0, 400),
    piece=st.binary(max_size=20),
)
def test_a_mutated_track_file_is_a_track_or_refused(tracks, tmp_path, rows, cells, at, piece):
    lines = [line.split(",") for line in Path(SPA).read_text().splitlines()[: rows + 1]]
    for (row, column), text in cells.items():
        if row < len(lines) and column < len(lines[row]):
            lines[row][column] = text
    content = "\n".join(map(",".join, lines)).encode()
    path = tmp_path / "track.csv"
    path.write_bytes(content[:at] + piece + content[at + len(piece) :])
    try:
        track = tracks.load(str(path))
    except ConfigurationError:
        return
    geometry = tracks.geometry(track)
    assert all(np.isfinite(values).all() for values in (geometry.ds, geometry.curvature))


def test_tumftm_form_is_an_open_ring(tracks, tmp_path):
    own = np.genfromtxt(SPA, delimiter=",", names=True)
    lines = ["# x_m,y_m,w_tr_right_m,w_tr_left_m"]
    lines += [f"{x:.6f},{y:.6f},6.5,6.5" for x, y in zip(own["x"][:-1], own["y"][:-1], strict=True)]
    path = tmp_path / "open.csv"
    path.write_text("\n".join(lines))
    track, expected = tracks.load(str(path)), tracks.load(SPA)
    np.testing.assert_array_equal(track.x, expected.x)
    assert not track.elevation.any()
    assert not track.banking.any()


def test_columns_are_found_by_name_in_any_order(tracks, tmp_path):
    path = tmp_path / "order.csv"
    path.write_text(
        "width,banking,y,elevation,x\n9,0.1,0,5,0\n9,0.2,0,6,1\n9,0.3,1,7,2\n9,0.4,2,8,4\n"
    )
    track = tracks.load(str(path))
    assert track.x.tolist() == [0, 1, 2, 4]
    assert track.y.tolist() == [0, 0, 1, 2]
    assert track.elevation.tolist() == [5, 6, 7, 8]
    assert track.banking.tolist() == [0.1, 0.2, 0.3, 0.4]


HEADER = "x,y,elevation,banking\n"
ROWS = "0,0,0,0\n1,0,0,0\n2,1,0,0\n3,3,0,0\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no header"),
        (ROWS, "no header"),
        ("x,y,banking\n0,0,0\n1,0,0\n2,1,0\n3,3,0\n", "lacks the column 'elevation'"),
        ("# x_m,w_tr_right_m\n0,1\n1,1\n2,1\n3,1\n", "lacks the column"),
        (HEADER + "0,0,0,0\n1,0,0,0\n2,1,0,0\n", "3 rows"),
        (HEADER + ROWS.replace("2,1", "nan,1"), "line 4.*not finite"),
        (HEADER + ROWS.replace("2,1", "2,inf"), "line 4.*not finite"),
        (HEADER + ROWS.replace("2,1", "two,1"), "line 4.*two"),
        (HEADER + ROWS.replace("2,1,0,0", "2,1"), "line 4"),
        (HEADER + ROWS.replace("2,1", "1,0"), "Points 1 and 2.*coincide"),
    ],
)
def test_malformed_track_files_are_refused(point, tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        point.kernel.validate(track=str(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("track", ["nowhere.csv", "spaa", "a/b", 5, None])
def test_a_track_that_is_none_is_refused_with_the_choices(point, track):
    with pytest.raises(ConfigurationError, match="circle"):
        point.kernel.validate(track=track)


# -- parameters ------------------------------------------------------------------------------

BAD = {
    "mass": (0, -1.0, float("nan"), "heavy", None, True),
    "mu": (0, -1.7),
    "a_drive": (0,),
    "a_brake": (-16,),
    "reference_mass": (0, -3),
    "frontal_area": (0,),
    "air_density": (0,),
    "min_speed": (0, 115, float("inf")),
    "max_speed": (8, 0, float("inf")),
    "initial_speed": (-1, 116),
    "envelope_iterations": (0, 2.5),
    "envelope_tolerance": (0, -0.1),
}
BAD_SINGLE = {
    "wheelbase": (0,),
    "front_track_width": (0,),
    "rear_track_width": (-1,),
    "front_weight": (0.05, 0.95, 1.2),
    "bar_front_share": (-0.1, 1.1),
    "bar_roll_fraction": (1.1,),
    "peak_slip": (0,),
    "inner_iterations": (0,),
    "inner_tolerance": (0,),
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_bad_parameters_are_refused_by_name_value_and_range(point, name, value):
    with pytest.raises(ConfigurationError, match="accepted") as caught:
        point.kernel.validate(track="circle", **{name: value})
    assert repr(value) in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD_SINGLE.items() for v in vs])
def test_bad_single_track_parameters_are_refused(single, name, value):
    with pytest.raises(ConfigurationError, match=f"{name} is {value!r}; accepted"):
        single.kernel.validate(track="circle", **{name: value})


@pytest.mark.parametrize("change", [{"vehicles": 0}, {"vehicles": 2.5}, {"spread": 1.0}])
def test_bad_sweeps_are_refused(sweep, change):
    with pytest.raises(ConfigurationError, match="accepted"):
        sweep.kernel.validate(**{"track": "circle", "vehicles": 3, "spread": 0.1, **change})


def test_unknown_parameters_are_refused(point):
    with pytest.raises(ConfigurationError, match=r"'horsepower' is unknown.*mass"):
        point.kernel.validate(track="circle", horsepower=3)


def test_ends_of_the_ranges_are_accepted(point, single):
    for kernel, params in (
        (point, {"initial_speed": 0, "envelope_iterations": 1, "mass": 700}),
        (point, {"initial_speed": 115.0}),
        (single, {"bar_front_share": 0, "bar_roll_fraction": 1}),
    ):
        lap = kernel.run("numpy", kernel.inputs("circle", **params))
        assert np.isfinite(lap["lap_time"]), params


def test_all_parameters_are_visible_to_the_command_line(point, single, suite):
    for kernel, table in ((point, suite.car.POINT_MASS), (single, suite.car.SINGLE_TRACK)):
        visible = list(inspect.signature(kernel.kernel.make_inputs).parameters)
        assert visible == ["rng", "dtype", "track", *table]


def test_reference_mass_scales_the_longitudinal_limits(point):
    inputs = point.inputs("smoke", mass=1000, reference_mass=800)
    assert inputs["a_drive"] == pytest.approx(6.4)
    assert inputs["a_brake"] == pytest.approx(12.8)
    assert inputs["mass"] == 1000.0
    assert isinstance(inputs["mass"], float)


def test_the_benchmark_car_has_the_published_constants(point):
    inputs = point.inputs("smoke")
    assert inputs["drag"] == pytest.approx(0.826875, rel=1e-15)
    assert inputs["lift"] == pytest.approx(2.94, rel=1e-15)


# -- published laps --------------------------------------------------------------------------


@pytest.mark.parametrize("label", [*BACKENDS, "cupynumeric.jacobi"])
def test_published_point_mass_lap_on_every_backend(point, label):
    inputs = point.inputs("spa", track=SPA)
    outputs = point.run(label, inputs)
    assert float(outputs["lap_time"]) == pytest.approx(133.66823385890854, abs=1e-7)
    assert float(outputs["energy"]) == pytest.approx(32001118.644580632, rel=1e-9)
    assert int(outputs["envelope_iterations"]) == 17
    report = point.verify(outputs, inputs)
    assert report.passed, report.failures


@pytest.mark.slow
def test_published_point_mass_lap_compiled_by_torch(point):
    inputs = point.inputs("spa", track=SPA)
    outputs = point.run("torch.compile", inputs)
    assert float(outputs["lap_time"]) == pytest.approx(133.66823385890854, abs=1e-7)
    report = point.verify(outputs, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", BACKENDS)
def test_published_single_track_lap_on_every_backend(single, label):
    inputs = single.inputs("spa", track=SPA)
    outputs = single.run(label, inputs)
    assert float(outputs["lap_time"]) == pytest.approx(137.646606114, abs=1e-7)
    report = single.verify(outputs, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("name", ["point", "single"])
def test_published_laps_of_the_form_that_torch_compiles(request, name):
    kernel = request.getfixturevalue(name)
    inputs = kernel.inputs("spa", track=SPA)
    outputs = run_uncompiled(kernel, inputs)
    published = {"point": 133.66823385890854, "single": 137.646606114}[name]
    assert float(outputs["lap_time"]) == pytest.approx(published, abs=1e-7)
    report = kernel.verify(outputs, inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", ["numpy", "numba"])
@pytest.mark.parametrize(
    ("params", "lap", "iterations"),
    [
        ({"envelope_tolerance": 1e-2}, 133.67066359, 26),
        ({"envelope_tolerance": 1e-4}, 133.67072278, 48),
        ({"envelope_tolerance": 1e-8}, 133.6707227873614, 93),
    ],
)
def test_laps_by_envelope_tolerance(point, label, params, lap, iterations):
    inputs = point.inputs("spa", track=SPA, envelope_iterations=200, **params)
    outputs = point.run(label, inputs)
    assert float(outputs["lap_time"]) == pytest.approx(lap, abs=1e-7)
    assert int(outputs["envelope_iterations"]) == iterations


@pytest.mark.parametrize("label", ["numpy", "numba", "torch", "jax"])
@pytest.mark.parametrize(
    ("start", "lap"),
    [
        (0, 139.4065711),
        (50.4725073690365, 135.2664353),  # the speed at the end of the lap: a flying start
    ],
)
def test_laps_from_another_initial_speed(point, label, start, lap):
    assert lap_time(point, label, initial_speed=start) == pytest.approx(lap, abs=1e-7)


@pytest.mark.parametrize("label", ["numpy", "numba", "jax"])
def test_single_track_laps_by_tolerance(single, label):
    tight = {"inner_tolerance": 1e-12, "inner_iterations": 100}
    assert lap_time(single, label, **tight) == pytest.approx(137.64667409460, abs=1e-7)
    tight |= {"envelope_tolerance": 1e-10, "envelope_iterations": 1000}
    assert lap_time(single, label, **tight) == pytest.approx(137.65283071, abs=1e-7)


@pytest.mark.parametrize("label", FAST)
def test_circle_settles_where_grip_and_drag_balance(point, label):
    outputs = point.run(label, point.inputs("circle"))
    middle = outputs["speed"][400:600]
    np.testing.assert_allclose(middle, 34.533038, atol=2e-5)
    assert abs(outputs["ax"][450]) < 1e-3


def test_envelope_agrees_with_its_closed_form(point):
    inputs = point.inputs("spa", track=SPA)
    mass, mu, lift = inputs["mass"], inputs["mu"], inputs["lift"]
    bend = np.abs(inputs["curvature"])
    free = mu * lift / mass
    assert free == pytest.approx(0.0062632, abs=5e-8)
    with np.errstate(divide="ignore", invalid="ignore"):
        v = np.sqrt(mu * G / (bend - free))
    v = np.clip(np.where(bend > free, v, 115.0), 8.0, 115.0)
    module = module_of(point, "numpy", inputs)

    def envelope(bend):
        circles = module.circle(bend, 0 * bend, mu * G, mu * lift / mass, mu * 1e-9)
        return module.envelope(bend, *circles, 64.0, 115.0**2, 100_000, 1e-12)

    w, _ = envelope(bend)
    np.testing.assert_allclose(np.sqrt(w), v, atol=5e-12, rtol=0)
    circle, _ = envelope(np.full(5, 1 / 50))
    np.testing.assert_allclose(np.sqrt(circle), 34.837048, atol=5e-7)


# -- an independent lap: the specification's text, in textbook.py -----------------------------


def single_track_limit(i: dict[str, Any], p: dict[str, Any]):
    """Return the limit from the parameters `p` themselves, tyre by tyre."""
    eps, m = 1e-9, p["mass"]

    def tyre(load, axle):
        b, c, d, e, nominal = (p[f"{axle}_tyre_{x}"] for x in ("b", "c", "d", "e", "load"))
        load, q = max(load, eps), b * p["peak_slip"]
        shape = np.sin(c * np.arctan(q - e * (q - np.arctan(q))))
        scale = max(1 + p["load_sensitivity"] * (load - nominal) / nominal, p["min_mu_scale"])
        return d * load / nominal * scale * shape

    stiffness = [
        p[f"{axle}_spring_rate"] * (p[f"{axle}_track_width"] / 2) ** 2 for axle in ("front", "rear")
    ]
    f, share = p["bar_roll_fraction"], p["bar_front_share"]
    roll = np.clip((1 - f) * stiffness[0] / max(sum(stiffness), eps) + f * share, 0.05, 0.95)
    wheelbase = p["wheelbase"]
    s_f = np.clip((p["front_weight"] * wheelbase + p["pressure_offset"]) / wheelbase, 0, 1)

    def limit(v, bank):
        weight, down = m * G, i["lift"] * max(v, 0.0) ** 2
        total = weight + down
        front = np.clip(weight * p["front_weight"] + down * s_f, 2 * eps, total - 2 * eps)
        a = p["min_lateral"]
        for _ in range(p["inner_iterations"]):
            force = 0.0
            for axle, load, part in (("front", front, roll), ("rear", total - front, 1 - roll)):
                load = max(load, 2 * eps)
                moved = part * m * a * p["cg_height"] / p[f"{axle}_track_width"]
                moved = np.clip(moved, -max(load - 2 * eps, 0), max(load - 2 * eps, 0))
                left = (load - moved) / 2
                force += tyre(left, axle) + tyre(load - left, axle)
            old, a = a, max(p["min_lateral"], force / m + G * np.sin(bank))
            if abs(a - old) <= p["inner_tolerance"]:
                break
        return np.inf, a

    return limit


ODD_CARS = [
    {},
    {"mass": 1113.7, "mu": 0.83, "lift_coefficient": 0.31, "a_drive": 4.3, "initial_speed": 3.1},
    {"lift_coefficient": -1.3, "mu": 0.37, "min_speed": 3.3, "max_speed": 71.9},
]


@pytest.mark.parametrize("preset", ["smoke", "hilly", "eight"])
@pytest.mark.parametrize("car", ODD_CARS)
def test_point_mass_is_what_the_specification_says(point, suite, preset, car):
    inputs = point.inputs(preset, **car)
    book = suite.textbook
    speed, lap, count = book.lap(inputs, book.point_mass_limit(inputs))
    outputs = point.run("numpy", inputs)
    np.testing.assert_allclose(outputs["speed"], speed, atol=1e-5, rtol=0)
    assert float(outputs["lap_time"]) == pytest.approx(lap, abs=1e-7)
    assert int(outputs["envelope_iterations"]) == count


ODD_SINGLE = [
    {},
    {"cg_height": 1.9},  # the inner wheels lift
    {"min_mu_scale": 0.99},  # the load sensitivity reaches its floor
    {"load_sensitivity": 0.02},
    {"lift_coefficient": -2.1, "max_speed": 63.0},
    {"min_lateral": 14.7},  # above what the tyres give
]


@pytest.mark.parametrize("car", ODD_SINGLE)
def test_single_track_is_what_the_specification_says(single, suite, car):
    inputs = single.inputs("smoke", **car)
    values = suite.car.settle(suite.car.SINGLE_TRACK, car)
    speed, lap, count = suite.textbook.lap(inputs, single_track_limit(inputs, values))
    assert lap == pytest.approx(float(single.kernel.truth(inputs)["lap_time"]), abs=1e-7)
    for label in ("numpy", *FAST):
        outputs = single.run(label, inputs)
        np.testing.assert_allclose(outputs["speed"], speed, atol=1e-5, rtol=0, err_msg=label)
        assert float(outputs["lap_time"]) == pytest.approx(lap, abs=1e-7), label
        assert int(outputs["envelope_iterations"]) == count, label
    outputs = run_uncompiled(single, inputs)
    np.testing.assert_allclose(outputs["speed"], speed, atol=1e-5, rtol=0)


def test_tyre_force_is_the_magic_formula(suite):
    car = suite.car
    values = car.settle(car.SINGLE_TRACK, {})
    lateral = car.lateral(values)
    for load in (0.0, 1234.5, 3500.0, 60_000.0):
        q = 9.5 * 0.12
        shape = np.sin(1.35 * np.arctan(q - 0.97 * (q - np.arctan(q))))
        expected = 6475 * (max(load, 1e-9) / 3500) * max(1 - 0.08 * (load - 3500) / 3500, 0.4)
        force = car.tyre_force(load, lateral["front_peak"], 3500.0, -0.08, 0.4)
        assert force == pytest.approx(expected * shape, rel=1e-12)


# -- backends agree --------------------------------------------------------------------------


@pytest.mark.parametrize("label", [*BACKENDS, "cupynumeric.jacobi"])
@pytest.mark.parametrize("car", ODD_CARS)
def test_backends_agree_on_odd_point_masses(point, label, car):
    inputs = point.inputs("smoke", **car)
    report = point.verify(point.run(label, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", FAST)
@pytest.mark.parametrize("preset", ["circle", "eight", "hilly", "straight", "spa"])
def test_backends_agree_on_every_track(point, label, preset):
    inputs = point.inputs(preset)
    report = point.verify(point.run(label, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("preset", ["circle", "eight", "straight"])
def test_the_form_that_torch_compiles_agrees_on_every_track(point, preset):
    inputs = point.inputs(preset)
    report = point.verify(run_uncompiled(point, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", BACKENDS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_backends_agree_on_sweeps(sweep, label, seed):
    inputs = sweep.inputs("smoke", seed=seed)
    report = sweep.verify(sweep.run(label, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("label", ["numba", "torch", "jax"])
def test_backends_agree_on_a_wide_sweep_of_spa(sweep, label):
    inputs = sweep.inputs("default", vehicles=67, spread=0.3)
    report = sweep.verify(sweep.run(label, inputs), inputs)
    assert report.passed, report.failures


@pytest.mark.parametrize("track", ["straight", "oval"])
def test_the_sweep_that_torch_compiles_agrees(sweep, track):
    inputs = sweep.inputs("smoke", track=track, vehicles=19)
    report = sweep.verify(run_uncompiled(sweep, inputs), inputs)
    assert report.passed, report.failures
    assert set(sweep.verify(sweep.run("torch", inputs), inputs).failures) == set()


def test_a_vehicle_of_a_sweep_is_a_lap_of_its_own(point, sweep):
    inputs = sweep.inputs("smoke", track="hilly", vehicles=35, spread=0.3)
    swept = sweep.run("numpy", inputs)
    assert len(set(swept["envelope_iterations"].tolist())) > 1
    for vehicle in range(35):
        own = {
            name: float(value[vehicle]) if getattr(value, "shape", ()) == (35,) else value
            for name, value in inputs.items()
        }
        alone = point.run("numpy", own)
        for name in ("lap_time", "energy"):
            assert float(swept[name][vehicle]) == pytest.approx(float(alone[name]), rel=1e-9)
        assert swept["envelope_iterations"][vehicle] == alone["envelope_iterations"]


# -- gradients -------------------------------------------------------------------------------

PARAMETERS = ("mass", "mu", "lift", "drag", "a_drive", "a_brake")


@pytest.fixture(scope="module")
def differences(point):
    """Central differences of the reference's lap time on Spa."""
    inputs = point.inputs("spa", track=SPA)
    slopes = []
    for name in PARAMETERS:
        step = 1e-4 * inputs[name]
        ends = [
            float(point.run("numpy", {**inputs, name: inputs[name] + sign * step})["lap_time"])
            for sign in (1, -1)
        ]
        slopes.append((ends[0] - ends[1]) / (2 * step))
    return np.array(slopes)


def jax_gradient(point, inputs):
    point.run("jax", inputs)  # starts the backend, in double precision
    import jax

    function = load_implementation(point.folder.implementation("jax"), inputs).function
    native = {
        name: jax.numpy.asarray(value) if isinstance(value, np.ndarray) else value
        for name, value in inputs.items()
    }

    def lap(values):
        return function(**{**native, **dict(zip(PARAMETERS, values, strict=True))})[3]

    return np.array(jax.jit(jax.jacfwd(lap))([inputs[name] for name in PARAMETERS]))


def torch_gradient(point, inputs):
    torch = pytest.importorskip("torch")
    function = load_implementation(point.folder.implementation("torch.compile"), inputs).function
    native = {
        name: torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value
        for name, value in inputs.items()
    }
    values = [torch.tensor(inputs[name], dtype=torch.float64) for name in PARAMETERS]
    native |= {n: v.requires_grad_() for n, v in zip(PARAMETERS, values, strict=True)}
    with torch.compiler.set_stance("force_eager"):
        lap = function(**native)[3]
    return np.array([float(slope) for slope in torch.autograd.grad(lap, values)])


@pytest.mark.parametrize("gradient", [jax_gradient, torch_gradient])
def test_gradients_of_the_lap_time_are_its_differences(point, differences, gradient):
    slopes = gradient(point, point.inputs("spa", track=SPA))
    np.testing.assert_allclose(slopes, differences, rtol=2e-5)
    assert slopes[PARAMETERS.index("mu")] < 0 < slopes[PARAMETERS.index("mass")]


def test_gradients_agree_between_frameworks(point):
    inputs = point.inputs("spa", track=SPA)
    np.testing.assert_allclose(
        jax_gradient(point, inputs), torch_gradient(point, inputs), rtol=1e-7
    )


# -- remarks, faults -------------------------------------------------------------------------


def remarks(kernel, inputs):
    def reference(**changed):
        return kernel.run("numpy", {**inputs, **changed})

    return kernel.kernel.remarks(inputs, reference(), reference)


def test_the_iteration_error_of_a_loose_envelope_is_shown(point, sweep):
    (text,) = remarks(point, point.inputs("spa", track=SPA))
    assert "2.5 ms short" in text
    assert "133.670723 s" in text
    (text,) = remarks(sweep, sweep.inputs("default", vehicles=3, envelope_tolerance=0.4))
    assert "of vehicle" in text


def test_a_tight_envelope_leaves_no_remark(point):
    tight = {"envelope_tolerance": 1e-4, "envelope_iterations": 100}
    assert remarks(point, point.inputs("spa", track=SPA, **tight)) == []


def test_a_whole_array_stop_of_the_lateral_limit_is_caught(single, monkeypatch):
    inputs = single.inputs("spa", track=SPA)
    numpy_form = module_of(single, "numpy", inputs)
    per_point = numpy_form.lateral

    def whole_array(w, side, *car):
        *rest, iterations, tolerance = car
        a = np.full_like(w, rest[-1])
        for count in range(1, iterations + 1):
            old, a = a, per_point(w, side, *rest, count, 1e-300)
            if np.abs(a - old).max() <= tolerance:
                break
        return a

    good = single.run("numba", inputs)
    assert single.verify(good, inputs).passed
    with monkeypatch.context() as patch:
        patch.setattr(numpy_form, "lateral", whole_array)
        faulty = single.run("numpy", inputs)
    assert float(faulty["lap_time"]) == pytest.approx(137.645537239, abs=1e-7)
    report = single.verify(faulty, inputs)
    assert not report.passed
    assert any(text.startswith("lap_time") for text in report.failures)


def test_small_mistakes_are_caught(point):
    inputs = point.inputs("smoke")
    right = point.run("numba", inputs)
    assert point.verify(right, inputs).passed

    def failures(**changed):
        return point.verify(point.run("numba", inputs) | changed, inputs).failures

    assert failures(speed=right["speed"] + 2e-5)
    assert failures(lap_time=right["lap_time"] + 2e-7)
    assert failures(energy=right["energy"] * (1 + 3e-8))
    assert failures(envelope_iterations=right["envelope_iterations"] + 1)
    assert failures(ay=np.abs(right["ay"]) * -1)
    assert failures(ax=np.roll(right["ax"], 1))
    for wrong in ({"grade": 0 * inputs["grade"]}, {"banking": -inputs["banking"]}):
        report = point.verify(point.run("numba", {**inputs, **wrong}), inputs)
        assert not report.passed


def test_slow_cases_say_why(point, sweep):
    assert "seconds" in point.kernel.slow("cupynumeric.jacobi", {"track": "spa"})
    assert point.kernel.slow("cupynumeric.jacobi", {"track": "oval"}) is None
    assert point.kernel.slow("numba", {"track": "spa"}) is None
    assert "seconds" in sweep.kernel.slow("python", {"track": "spa", "vehicles": 1000})
    assert sweep.kernel.slow("numba", {"track": "spa", "vehicles": 1000}) is None


def test_no_cell_is_empty(point, single, sweep):
    for kernel in (point, single, sweep):
        labels = {found.label for found in kernel.folder.implementations}
        assert {*BACKENDS, "torch.compile"} <= labels
        assert {split_label(label)[0] for label in labels} == set(BACKENDS)


# -- diagnostics -----------------------------------------------------------------------------


def test_wheel_loads_carry_the_car(single, suite):
    from importlib import import_module

    diagnostics = import_module(suite.__package__.rsplit(".", 1)[0] + ".diagnostics")
    values = suite.car.settle(suite.car.SINGLE_TRACK, {})
    outputs = single.run("numpy", single.inputs("spa"))
    speed, ax, ay = outputs["speed"], outputs["ax"], outputs["ay"]
    front, rear = diagnostics.axle_loads(values, speed)
    total = 798 * G + 2.94 * speed**2
    np.testing.assert_allclose(front + rear, total, rtol=1e-12)
    share = 0.46 + 0.10 / 3.60
    np.testing.assert_allclose(front, 798 * G * 0.46 + 2.94 * speed**2 * share, rtol=1e-12)
    wheels = diagnostics.wheel_loads(values, speed, ax, ay)
    np.testing.assert_allclose(sum(wheels.values()), total, rtol=1e-12)
    assert min(load.min() for load in wheels.values()) > 0
    left = ay > 1.0
    assert (wheels["front_outer"] > wheels["front_inner"])[left].all()
