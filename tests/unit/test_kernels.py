"""The kernels of the suites as functions of other people's code."""

from __future__ import annotations

import inspect
import pydoc
from pathlib import Path

import numpy as np
import pytest

from bench_harness import ConfigurationError, functions, store
from bench_harness import kernels as K
from bench_harness.discovery import discover

POSITIONS = np.array([[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]])
MASSES = np.array([1.0, 3.0])


def test_numpy_in_numpy_out() -> None:
    with K.use_backend("numpy"):
        np.testing.assert_allclose(K.center_of_mass(POSITIONS, MASSES), [[1.5, 0, 0]])
        np.testing.assert_allclose(
            K.md.center_of_mass(masses=MASSES, positions=POSITIONS), [[1.5, 0, 0]]
        )


def test_conversion_there_and_back() -> None:
    with K.use_backend("python"):
        center = K.center_of_mass(POSITIONS, MASSES)
        assert isinstance(center, np.ndarray)
        native = K.center_of_mass(POSITIONS.tolist(), MASSES.tolist())
    assert isinstance(native, list)
    assert center.tolist() == native == [[1.5, 0, 0]]


def test_several_outputs_have_names() -> None:
    with K.use_backend("numpy"):
        factors = K.linalg.lu(np.array([[0.0, 2.0], [1.0, 3.0]]))
    assert factors._fields == ("p", "l", "u")
    assert factors.p.tolist() == [1, 0]


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(TypeError, match=r"md\.center_of_mass\(\) missing .* 'masses'"):
        K.center_of_mass(POSITIONS)
    with pytest.raises(TypeError, match="multiple values for argument 'positions'"):
        K.center_of_mass(POSITIONS, MASSES, positions=POSITIONS)
    with pytest.raises(ConfigurationError, match=r"builtins\.object; backend 'numpy' takes"):
        K.center_of_mass(object(), MASSES)


def test_an_implementation_that_is_missing_names_the_others() -> None:
    with (
        K.use_backend("numpy"),
        pytest.raises(
            ConfigurationError, match=r"no implementation 'numpy\.other'; it has: python"
        ),
    ):
        functions.suite_function("md/center_of_mass", "numpy", "other", "cpu")


def test_every_kernel_is_there_and_unclear_names_say_so() -> None:
    names = dir(K)
    for folder in discover().values():
        assert folder.suite in names
        assert folder.name in dir(getattr(K, folder.suite))
    assert "center_of_mass" in names
    assert "solve" not in names
    with pytest.raises(AttributeError, match=r"K\.linalg\.solve, K\.tridiagonal\.solve"):
        _ = K.solve
    with pytest.raises(AttributeError, match="Did you mean 'center_of_mass'"):
        _ = K.centre_of_mass
    with pytest.raises(AttributeError, match="is unknown"):
        _ = K.md.nothing


def test_signature_and_documentation_come_from_the_suite() -> None:
    assert str(inspect.signature(K.center_of_mass)) == "(positions, masses)"
    text = pydoc.render_doc(K.center_of_mass, renderer=pydoc.plaintext)
    for part in (
        "center_of_mass(positions, masses)",
        "Centre of mass.",
        "positions : array (frames, atoms, 3), float64",
        "masses : array (atoms,), float64",
        "center : array (frames, 3), float64",
        "angstrom",
        "Kernel ``md/center_of_mass``; verified on python, numpy",
    ):
        assert part in text


@pytest.mark.slow
def test_every_kernel_has_documentation() -> None:
    for folder in discover().values():
        text = getattr(getattr(K, folder.suite), folder.name).__doc__
        assert "Parameters" in text
        assert "Returns" in text


def test_measured_takes_the_fastest_of_this_machines_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = store.load(Path(__file__).parents[1] / "data/record.json")
    monkeypatch.setenv("BENCH_HARNESS_RESULTS", str(tmp_path))
    K.set_backend("measured")
    try:
        with pytest.raises(ConfigurationError, match="bench-harness run md/center_of_mass"):
            K.center_of_mass(POSITIONS, MASSES)
        store.save(renamed(record, tmp_path), tmp_path / "one.json")
        np.testing.assert_allclose(K.center_of_mass(POSITIONS, MASSES), [[1.5, 0, 0]])
        from bench_harness.fastest import fastest

        assert fastest("md/center_of_mass", {"frames": 10, "atoms": 5}) == ("python", "cpu")
        assert fastest("md/center_of_mass", {"frames": 10_000, "atoms": 999}) == ("numpy", "cpu")
    finally:
        K.set_backend(None)


def renamed(record: store.RunRecord, folder: Path) -> store.RunRecord:
    """Return a record of this machine: python is faster at 10 x 5 and numpy at 10,000 x 1,000."""
    import platform

    ok = next(r for r in record.results if r.status == "ok" and r.case.label == "numpy")
    results = []
    for preset, frames, atoms, times in (
        ("small", 10, 5, {"python": 1e-6, "numpy": 2e-6}),
        ("large", 10_000, 1_000, {"python": 9e-1, "numpy": 1e-2}),
    ):
        for backend, seconds in times.items():
            case = ok.case.model_copy(
                update={
                    "suite": "md", "kernel": "center_of_mass", "preset": preset,
                    "params": {"frames": frames, "atoms": atoms}, "backend": backend,
                }
            )  # fmt: skip
            measurement = ok.measurements[0].model_copy(update={"times_s": [seconds] * 5})
            results.append(ok.model_copy(update={"case": case, "measurements": [measurement]}))
    environment = record.environment.model_copy(update={"host": platform.node()})
    return record.model_copy(update={"environment": environment, "results": results})
