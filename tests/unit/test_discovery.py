"""Folders -> kernels and implementations, by file name alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from bench_harness.discovery import (
    KernelFolder,
    bundled_suites,
    discover,
    load_implementation,
    load_kernel,
    overlooked,
)
from bench_harness.errors import ConfigurationError, SuiteError

KERNEL = """
from bench_harness import Kernel
def make_inputs(rng, dtype, *, n):
    return {"x": rng.random(n), "k": 2}
KERNEL = Kernel(title="t", make_inputs=make_inputs, outputs=("y",),
                presets={"smoke": {"n": 1}, "default": {"n": 2}})
"""
FUNCTION = "def scale(x, k):\n    return x * k\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return ``write({file name: text})``, which makes the folder of a kernel."""

    def _write(files: Mapping[str, str] | None = None, where: str = "own/scale") -> Path:
        folder = tmp_path / where
        folder.mkdir(parents=True)
        name = folder.name
        texts = {"kernel.py": KERNEL, f"{name}_numpy.py": FUNCTION, **(files or {})}
        for file, text in texts.items():
            (folder / file).write_text(text)
        return tmp_path

    return _write


def only(root: Path) -> KernelFolder:
    (folder,) = discover([root]).values()
    return folder


def labels(root: Path) -> list[str]:
    return [found.label for found in only(root).implementations]


# -- file names -------------------------------------------------------------------------------


def test_file_names_say_backend_and_variant(write: Write) -> None:
    files = {"scale_numba.py": "", "scale_numba__two_pass.py": "", "scale_python.py": ""}
    root = write({**files, "helper.py": "", "README.md": ""})
    assert only(root).id == "own/scale"
    assert labels(root) == ["python", "numpy", "numba", "numba.two_pass"]


def test_a_suite_or_a_kernel_folder_will_do_as_well(write: Write) -> None:
    root = write()
    assert list(discover([root])) == list(discover([root / "own"])) == ["own/scale"]
    assert list(discover([root / "own/scale"])) == ["own/scale"]


def test_a_torch_file_stands_for_the_compiled_variant_too(write: Write) -> None:
    root = write({"scale_torch.py": ""})
    assert labels(root) == ["numpy", "torch", "torch.compile"]
    compiled = only(root).implementation("torch.compile")
    assert compiled is not None
    assert compiled.path.name == "scale_torch.py"


def test_a_compile_file_replaces_the_automatic_variant(write: Write) -> None:
    root = write({"scale_torch.py": "", "scale_torch__compile.py": ""})
    assert labels(root) == ["numpy", "torch", "torch.compile"]
    compiled = only(root).implementation("torch.compile")
    assert compiled is not None
    assert compiled.path.name == "scale_torch__compile.py"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('VARIANTS = ("eager",)', ["numpy", "torch"]),
        ('VARIANTS = ["compile"]', ["numpy", "torch.compile"]),
        ('VARIANTS = ("eager", "compile")', ["numpy", "torch", "torch.compile"]),
    ],
)
def test_variants_are_read_without_running_the_file(
    write: Write, line: str, expected: list[str]
) -> None:
    assert labels(write({"scale_torch.py": f"import nowhere\n{line}\n"})) == expected


@pytest.mark.parametrize("value", ['("fast",)', '"eager"', "3", "tuple(())"])
def test_variants_that_are_no_known_names_are_refused(write: Write, value: str) -> None:
    with pytest.raises(SuiteError, match=r"scale_torch\.py"):
        discover([write({"scale_torch.py": f"VARIANTS = {value}\n"})])


@pytest.mark.parametrize(
    "name", ["scale_tf.py", "scale_Numpy.py", "scale_numpy_.py", "scale_common.py", "scale_.py"]
)
def test_a_file_that_names_no_backend_is_refused_with_the_list(write: Write, name: str) -> None:
    with pytest.raises(SuiteError, match=r"names no backend.*python, numpy, numba") as caught:
        discover([write({name: ""})])
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "name", ["scale-torch.py", "Scale_torch.py", "scale.pytorch.py", "torch.py", "scale-np-fast.py"]
)
def test_a_file_that_is_passed_over_is_named_with_the_accepted_form(
    write: Write, name: str
) -> None:
    root = write({name: "", "helpers.py": "", "torch_helpers.py": ""})
    (sentence,) = overlooked([root])
    assert f"{name} is passed over" in sentence
    assert "scale_<backend>.py" in sentence
    assert overlooked([root / "own/scale"]) == [sentence]
    assert labels(root) == ["numpy"]


def test_a_folder_without_a_definition_is_named(write: Write) -> None:
    root = write()
    assert overlooked([root]) == []
    (root / "own/other").mkdir()
    (root / "own/other/other_jax.py").write_text("")
    (sentence,) = overlooked([root])
    assert "other_jax.py is passed over: its folder has no kernel.py" in sentence


@pytest.mark.parametrize("where", ["own/two-words", "2own/scale"])
def test_folder_names_must_be_identifiers(write: Write, where: str) -> None:
    with pytest.raises(SuiteError, match="must be a Python identifier"):
        discover([write(where=where)])


def test_a_folder_without_kernels_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="bench-harness new"):
        discover([tmp_path])
    with pytest.raises(ConfigurationError, match="There is no folder"):
        discover([tmp_path / "missing"])


def test_one_kernel_in_two_places_is_refused_with_both(write: Write) -> None:
    write(where="a/own/scale")
    root = write(where="b/own/scale")
    with pytest.raises(ConfigurationError, match="defined twice") as caught:
        discover([root / "a", root / "b"])
    assert str(root / "a/own/scale") in str(caught.value)
    assert str(root / "b/own/scale") in str(caught.value)


def test_without_a_path_the_bundled_suites_are_found() -> None:
    assert (bundled_suites() / "lap_sim").is_dir()
    assert any(kernel_id.startswith("lap_sim/") for kernel_id in discover())


# -- what a kernel.py must say ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("KERNEL = Kernel(", "OTHER = Kernel(", r"must define KERNEL = Kernel"),
        ('"smoke": {"n": 1}, ', "", "presets lack smoke"),
        ('outputs=("y",)', "outputs=()", "at least one"),
        ('outputs=("y",)', 'outputs=("y", "y")', "distinct"),
        ('outputs=("y",)', 'outputs=("y",), budget={"z": None}', r"unknown outputs: \['z'\]"),
        ('outputs=("y",)', 'outputs=("y",), headline=("full",)', "headline names unknown presets"),
        ('outputs=("y",)', 'outputs=("y",), truth_presets=("q",)', "truth_presets names unknown"),
        ('title="t"', 'titel="t"', "titel"),
        ("from bench_harness", "from a_harness", "ModuleNotFoundError"),
        ("def make_inputs(", "def make_inputs((", "SyntaxError"),
    ],
)
def test_a_faulty_definition_is_refused_with_its_place(
    write: Write, old: str, new: str, message: str
) -> None:
    root = write({"kernel.py": KERNEL.replace(old, new)})
    with pytest.raises(SuiteError, match=message) as caught:
        load_kernel(only(root))
    assert str(root / "own/scale/kernel") in str(caught.value)


def test_a_kernel_without_its_reference_is_refused(write: Write) -> None:
    root = write({"scale_numba.py": ""})
    (root / "own/scale/scale_numpy.py").unlink()
    with pytest.raises(SuiteError, match=r"has no scale_numpy\.py"):
        load_kernel(only(root))


def test_make_gives_the_same_bits_for_the_same_seed(write: Write) -> None:
    kernel = load_kernel(only(write()))
    first, again, other = (kernel.make(seed, "float64", {"n": 9})["x"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


# -- implementations --------------------------------------------------------------------------


def load(root: Path, label: str = "numpy"):  # type: ignore[no-untyped-def]
    implementation = only(root).implementation(label)
    assert implementation is not None
    return load_implementation(implementation, ("x", "k"))


def test_an_implementation_is_the_function_named_after_its_kernel(write: Write) -> None:
    loaded = load(write({"scale_numpy.py": "def scale(k, x):\n    return k * x\n"}))
    assert loaded.parameters == ("k", "x")
    assert loaded.function(x=3, k=2) == 6
    assert loaded.prepare is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def scales(x, k): ...", r"must define a function scale\(...\)"),
        ("scale = 3", "must define a function"),
        ("def scale(x): ...", r"takes \(x\); make_inputs gives \(x, k\)"),
        ("def scale(x, k, factor): ...", r"takes \(x, k, factor\)"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_an_implementation_that_cannot_be_called_is_refused(
    write: Write, text: str, message: str
) -> None:
    root = write({"scale_numpy.py": text})
    with pytest.raises(SuiteError, match=message) as caught:
        load(root)
    assert "scale_numpy.py" in str(caught.value)


def test_prepare_may_change_what_the_function_takes(write: Write) -> None:
    text = "def prepare(x, k):\n    return {'xk': x * k}\ndef scale(xk):\n    return xk\n"
    loaded = load(write({"scale_numpy.py": text}))
    assert loaded.prepare is not None
    assert loaded.function(**loaded.prepare(x=3, k=2)) == 6


# -- private import ---------------------------------------------------------------------------


def test_relative_imports_reach_the_kernel_and_the_suite(write: Write) -> None:
    text = "from . import kernel\nfrom ..shared import FACTOR\n"
    root = write({"scale_numpy.py": text + "def scale(x, k):\n    return x * k * FACTOR\n"})
    (root / "own/shared.py").write_text("FACTOR = 10\n")
    assert load(root).function(x=1, k=2) == 20


def test_a_suite_called_numpy_shadows_nothing(write: Write) -> None:
    root = write({"scale_numpy.py": f"import numpy as np\n{FUNCTION}"}, where="numpy/scale")
    path, modules = list(sys.path), set(sys.modules)
    kernel = load_kernel(only(root))
    assert load(root).function(x=2, k=2) == 4
    assert kernel.make(0, "float64", {"n": 3})["x"].shape == (3,)
    assert sys.modules["numpy"] is np
    assert sys.path == path
    assert all(name.startswith("_bench_suites_") for name in set(sys.modules) - modules)


def test_two_folders_of_suites_never_meet(write: Write) -> None:
    root = write({"scale_numpy.py": "def scale(x, k):\n    return 'a'\n"}, where="a/own/scale")
    write({"scale_numpy.py": "def scale(x, k):\n    return 'b'\n"}, where="b/own/scale")
    found = [load(root / part).function(1, 2) for part in ("a", "b")]
    assert found == ["a", "b"]
