"""Selectors and options -> cases; what is impossible is refused before anything runs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench_harness.backends import NAMES, get_adapter
from bench_harness.cli.changes import parse_changes
from bench_harness.discovery import discover, load_kernel
from bench_harness.errors import ConfigurationError, UnknownNameError
from bench_harness.plan import Group, PlannedCase, Request, make_plan, matches

SUITES = Path(__file__).parent.parent / "data/suites"
FOLDERS = discover([SUITES])


def plan(*selectors: str, gpu: bool = False, **given: object) -> list[Group]:
    return make_plan(FOLDERS, Request(selectors=selectors, **given), gpu)  # type: ignore[arg-type]


def cases(*selectors: str, gpu: bool = False, **given: object) -> dict[str, PlannedCase]:
    groups = plan(*selectors, gpu=gpu, **given)
    return {planned.case.id: planned for group in groups for planned in group.cases}


def labels(*selectors: str, **given: object) -> list[str]:
    return [planned.case.label for planned in cases(*selectors, **given).values()]


# -- selectors --------------------------------------------------------------------------------

ID = "lap_sim/point_mass/spa:mu=1.5/torch.compile/cuda/float64"


@pytest.mark.parametrize(
    "selector",
    [
        "lap_sim",
        "lap_sim/point_mass",
        "lap_sim/*/spa",
        "*/*/spa:mu=1.5",
        "*/*/*/torch.*",
        "*/*/*/*/cuda",
        "lap_?im/point_*/s*/torch.compile/c*/float64",
        ID,
    ],
)
def test_selector_matches(selector: str) -> None:
    assert matches(ID, selector)


@pytest.mark.parametrize(
    "selector",
    ["lap", "LAP_SIM", "lap_sim/point", "*/*/sp", "*/*/spa:mu=2", "*/*/*/torch", f"{ID}/more", ""],
)
def test_selector_does_not_match(selector: str) -> None:
    assert not matches(ID, selector)


def test_a_star_stays_within_its_segment() -> None:
    assert not matches("a/b/c/numpy/cpu/float64", "a/*/numpy")


def test_selector_chooses_kernels_presets_and_backends() -> None:
    assert set(cases("sample/rms/smoke/num*")) == {
        "sample/rms/smoke/numpy/cpu/float64",
        "sample/rms/smoke/numba/cpu/float64",
    }


def test_without_a_selector_every_kernel_runs_at_its_default_preset() -> None:
    assert {planned.case.group_id for planned in cases().values()} == {
        "sample/rms/default",
        "sample/seen/default",
        "sample/shift/default",
    }


def test_a_selector_with_a_preset_and_one_without_keep_the_default() -> None:
    found = {p.case.group_id for p in cases("sample/rms", "sample/rms/smoke").values()}
    assert found == {"sample/rms/default", "sample/rms/smoke"}


def test_cases_stand_in_the_order_of_the_tables() -> None:
    expected = ["python", "numpy", "numba", "torch", "torch.compile", "jax", "cupynumeric"]
    assert labels("sample/rms") == expected


# -- backends ---------------------------------------------------------------------------------


def test_a_backend_stands_for_all_its_variants() -> None:
    assert labels("sample/rms", backends=("torch",)) == ["torch", "torch.compile"]
    assert labels("sample/rms", backends=("torch.compile",)) == ["torch.compile"]
    assert labels("sample/shift", backends=("numpy",)) == ["numpy", "numpy.twice"]


def test_unknown_backend_is_refused_with_the_list_and_a_guess() -> None:
    with pytest.raises(UnknownNameError, match="Backend 'jx' is unknown") as caught:
        plan(backends=("jx",))
    assert "Did you mean 'jax'?" in str(caught.value)
    assert ", ".join(sorted(NAMES)) in str(caught.value)


def test_unknown_variant_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"sample/rms.*'torch\.fast'.*torch\.compile"):
        plan("sample/rms", backends=("torch.fast",))


def test_a_smoke_run_compiles_headline_kernels_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "torch.compile" in labels("sample/rms", presets=("smoke",))
    kernel = replace(load_kernel(FOLDERS["sample/rms"]), headline=())
    monkeypatch.setattr("bench_harness.plan.load_kernel", lambda folder: kernel)
    assert "torch.compile" not in labels("sample/rms", presets=("smoke",))
    assert "torch.compile" in labels("sample/rms", presets=("smoke",), every_variant=True)
    assert "torch.compile" in labels("sample/rms", presets=("smoke",), backends=("torch",))


def test_a_backend_that_is_not_installed_is_unavailable_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(get_adapter("numba")), "is_installed", lambda self: False)
    found = cases("sample/rms")
    numba = found["sample/rms/default/numba/cpu/float64"]
    assert numba.status == "unavailable"
    assert numba.reason == "numba is not installed. Try: pip install 'bench-harness[numba]'"
    assert found["sample/rms/default/numpy/cpu/float64"].runs


def test_what_has_no_implementation_is_unsupported_with_the_declared_sentence() -> None:
    found = cases("sample/shift")
    torch = found["sample/shift/default/torch/cpu/float64"]
    assert (torch.status, torch.reason) == ("unsupported", "exists to test a declared gap")
    jax = found["sample/shift/default/jax/cpu/float64"]
    assert jax.status == "unsupported"
    assert "no implementation for jax" in str(jax.reason)


# -- presets, sweeps, parameters --------------------------------------------------------------


def test_presets_are_taken_in_the_order_of_the_kernel() -> None:
    found = plan("sample/rms", presets=("default", "smoke"), backends=("numpy",))
    assert [group.cases[0].case.preset for group in found] == ["smoke", "default"]


def test_a_preset_only_some_kernels_have_selects_those() -> None:
    assert {p.case.kernel for p in cases(presets=("huge",)).values()} == {"rms"}


@pytest.mark.parametrize("given", [{"presets": ("spa",)}, {}])
def test_unknown_preset_is_refused_with_the_list(given: dict[str, object]) -> None:
    with pytest.raises(UnknownNameError, match=r"Preset 'spa'.*default, huge, smoke, sweep"):
        plan("sample/rms" if given else "sample/rms/spa", **given)


def test_a_list_in_a_preset_is_swept() -> None:
    found = plan("sample/rms/sweep", backends=("numpy",))
    assert [(g.cases[0].case.preset, g.cases[0].case.params) for g in found] == [
        ("sweep:n=10", {"n": 10, "offset": 2.0}),
        ("sweep:n=20", {"n": 20, "offset": 2.0}),
    ]


def test_one_entry_of_a_sweep_can_be_selected() -> None:
    assert list(cases("sample/rms/sweep:n=20/numpy")) == ["sample/rms/sweep:n=20/numpy/cpu/float64"]


def test_set_sweeps_and_replaces_a_preset_list() -> None:
    changes = parse_changes(["n=5,6", "offset=1.5"])
    found = plan("sample/rms/sweep", backends=("numpy",), changes=changes)
    assert [g.cases[0].case.params for g in found] == [
        {"n": 5, "offset": 1.5},
        {"n": 6, "offset": 1.5},
    ]
    assert found[0].cases[0].case.preset == "sweep:n=5,offset=1.5"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n=10", [10]),
        ("n=10,100", [10, 100]),
        ("x=1e-3", [1e-3]),
        ("x=-2,0.5", [-2, 0.5]),
        ("flag=true,False", [True, False]),
        ("what=none", [None]),
        ("track=a/b.csv", ["a/b.csv"]),
        ("formula=a=b", ["a=b"]),
    ],
)
def test_set_parses_values_to_their_types(text: str, values: list[object]) -> None:
    ((_, parsed),) = parse_changes([text]).items()
    assert parsed == values
    assert [type(value) for value in parsed] == [type(value) for value in values]


@pytest.mark.parametrize("text", ["n", "n=", "=3", "2n=3", "a b=3", "n=nan", "n=inf", "n=1,-inf"])
def test_set_refuses_what_is_no_assignment(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--set .*"):
        parse_changes([text])


def test_set_twice_for_one_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="given twice"):
        parse_changes(["n=1", "n=2"])


def test_set_for_a_parameter_a_selected_kernel_does_not_take_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has no parameter 'offset'") as caught:
        plan(changes={"offset": [1.0]})
    assert "Select kernels that take it: sample/rms" in str(caught.value)


def test_the_kernel_itself_may_refuse_parameters() -> None:
    with pytest.raises(ConfigurationError, match="n=0 must be at least 1"):
        plan("sample/rms", changes={"n": [10, 0]})


def test_a_validation_that_stumbles_is_a_refusal() -> None:
    with pytest.raises(ConfigurationError, match=r"sample/rms.*n.*'many'"):
        plan("sample/rms", changes={"n": ["many"]})


@pytest.mark.parametrize(
    "given",
    [
        {"changes": {"n": [10, 10]}},
        {"changes": {"n": ["a/1.csv", "b/1.csv"]}},
        {"dtypes": ("float64", "float64")},
    ],
)
def test_two_cases_of_one_name_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"Case sample/shift/\S+ is asked for twice"):
        plan("sample/shift", **given)


def test_headline_takes_the_presets_that_speak_for_a_suite() -> None:
    assert {p.case.group_id for p in cases(headline=True).values()} == {"sample/rms/smoke"}


def test_a_headline_leaves_portable_variants_to_those_who_name_them(tmp_path: Path) -> None:
    folder = tmp_path / "sample/rms"
    shutil.copytree(SUITES / "sample/rms", folder)
    (folder / "rms_portable.py").write_text("def rms(B, x):\n    return B.sqrt(B.mean(x * x))\n")
    folders = discover([tmp_path])

    def found(**given: object) -> set[str]:
        groups = make_plan(folders, Request(headline=True, **given), gpu_present=False)  # type: ignore[arg-type]
        return {p.case.label for group in groups for p in group.cases}

    assert {"numpy", "jax"} <= found()
    assert not {label for label in found() if label.endswith(".portable")}
    assert found(backends=("jax.portable",)) == {"jax.portable"}
    everything = make_plan(folders, Request(presets=("smoke",)), gpu_present=False)
    assert "jax.portable" in {p.case.label for group in everything for p in group.cases}


def test_slow_cases_are_skipped_unless_asked_for() -> None:
    case_id = "sample/rms/huge/python/cpu/float64"
    skipped = cases("sample/rms/huge")[case_id]
    assert skipped.status == "skipped"
    assert skipped.reason == "takes too long in pure Python (run it with --include-slow)"
    assert cases("sample/rms/huge")["sample/rms/huge/numpy/cpu/float64"].runs
    assert cases("sample/rms/huge", include_slow=True)[case_id].runs


# -- dtypes -----------------------------------------------------------------------------------


def test_each_dtype_is_a_group_of_its_own() -> None:
    found = plan("sample/rms", dtypes=("float32", "float64"), backends=("numpy", "numba"))
    assert [(g.cases[0].case.dtype, len(g.cases)) for g in found] == [
        ("float32", 2),
        ("float64", 2),
    ]


def test_a_dtype_that_backend_or_kernel_lacks_is_unsupported() -> None:
    python = cases("sample/rms", dtypes=("float32",))["sample/rms/default/python/cpu/float32"]
    assert (python.status, python.reason) == ("unsupported", "python computes in float64 only")
    shift = cases("sample/shift", dtypes=("float32",))["sample/shift/default/numpy/cpu/float32"]
    assert shift.reason == "the kernel is defined for float64 only"


@pytest.mark.parametrize("dtype", ["double", "Float64", "int32"])
def test_unknown_dtype_is_refused_with_the_list(dtype: str) -> None:
    with pytest.raises(UnknownNameError, match="Choose from: float32, float64"):
        plan(dtypes=(dtype,))


# -- devices ----------------------------------------------------------------------------------


@pytest.mark.parametrize("device", ["banana", "CPU", "cpu:0", "cuda:", "cuda:x", "cuda:-1", ""])
def test_unknown_device_is_refused_with_the_list(device: str) -> None:
    with pytest.raises(ConfigurationError, match="Choose from: cpu, cuda, cuda:<index>"):
        plan(devices=(device,), gpu=True)


def test_cuda_without_a_gpu_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"no NVIDIA driver.*--devices cpu"):
        plan(devices=("cuda",))


def test_a_device_the_backends_cannot_use_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'cuda:0' is not one that numpy can use"):
        plan(devices=("cuda:0",), backends=("numpy",), gpu=True)


def test_by_default_every_device_here_is_used_where_the_backend_can() -> None:
    found = [(p.case.label, p.case.device) for p in cases("sample/rms", gpu=True).values()]
    assert ("numpy", "cpu") in found
    assert ("numpy", "cuda") not in found
    assert ("torch.compile", "cuda") in found
    assert {p.case.device for p in cases("sample/rms").values()} == {"cpu"}


def test_an_indexed_device_is_kept_in_the_id() -> None:
    found = cases("sample/rms", devices=("cuda:1",), backends=("jax",), gpu=True)
    assert list(found) == ["sample/rms/default/jax/cuda:1/float64"]


# -- what does not exist ----------------------------------------------------------------------


def test_unknown_suite_and_kernel_are_refused_with_the_lists() -> None:
    with pytest.raises(UnknownNameError, match=r"Suite 'samples' .*'sample'.*: sample\."):
        plan("samples")
    with pytest.raises(UnknownNameError, match=r"'rsm' is unknown.*rms, seen, shift"):
        plan("sample/rsm")


def test_a_selector_that_matches_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Nothing matches sample/rms/default/numpy/cuda"):
        plan("sample/rms/default/numpy/cuda")
