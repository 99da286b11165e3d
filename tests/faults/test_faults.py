"""A fixed sample of the fault catalogue, and the catalogue's own tools.

``make faults`` runs all of it, on every backend.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bench_harness.backends import get_adapter
from bench_harness.discovery import Implementation, discover
from tests.faults import bench, catalogue, named, outputs, plumbing, report, sources, units
from tests.faults.__main__ import main
from tests.faults.isolated import Isolated

KERNELS = {folder.id: (folder, kernel) for folder, kernel in catalogue.kernels()}

# One of each suite: their sources are run, which takes more than planting into results.
SOURCES = ("kde/silverman", "lap_sim/point_mass", "linalg/sum", "md/shape", "tridiagonal/gradient")
# Changes that those kernels have no place for, or that were not drawn there; all are in this one.
RARE, RARE_CHANGES = (
    "lap_sim/point_mass_sweep",
    ("wrong axis", "shifted index", "strict comparison"),
)


def nothing_missed(findings: list[catalogue.Finding]) -> None:
    missed = [finding for finding in findings if finding.fate == "missed"]
    assert not missed, "\n".join(f"{f.kind} {f.where} ({f.budgets:.3g} budgets)" for f in missed)


@pytest.fixture(scope="module")
def isolated() -> Iterator[Isolated]:
    isolated = Isolated()
    yield isolated
    isolated.close()


@pytest.fixture(scope="module")
def drawn() -> dict[str, set[str]]:
    """Return the kinds of wrong results that were drawn, by kernel."""
    return {}


@pytest.mark.parametrize("kernel_id", KERNELS)
def test_wrong_results_are_caught(kernel_id: str, drawn: dict[str, set[str]]) -> None:
    """A draw from all kinds of faults, in every dtype, into lists and into arrays."""
    findings = list(
        catalogue.output_faults(*KERNELS[kernel_id], backends=("numpy", "python"), most=25)
    )
    drawn[kernel_id] = {finding.kind for finding in findings}
    assert sum(finding.fate == "caught" for finding in findings) >= 30
    nothing_missed(findings)


def kinds_of_wrong_results() -> set[str]:
    """Return the kinds that apply to some output of the kinds that kernels here have."""
    real = np.arange(1.0, 13)
    kinds = {"an input overwritten"}
    for dtype, label in product(("float64", "float32"), ("numpy", "python")):
        square, wide = real[:9].reshape(3, 3).astype(dtype), real.reshape(3, 4).astype(dtype)
        for clean in (
            {"y": square},
            {"y": wide, "z": wide + 1},
            {"n": np.arange(5)},
            {"n": np.arange(5, dtype="i4")},
            {"ok": np.array([True])},
        ):
            faults = outputs.plant(get_adapter(label), clean, clean, dtype, label == "numpy")
            kinds |= {fault.kind for fault in faults}
    return kinds


def test_every_kind_of_wrong_result_was_drawn(drawn: dict[str, set[str]]) -> None:
    if set(drawn) != set(KERNELS):
        pytest.skip("not all kernels ran before")
    assert kinds_of_wrong_results() - set().union(*drawn.values()) == set()


@pytest.mark.parametrize("kernel_id", KERNELS)
def test_faults_found_in_public_code_are_caught(kernel_id: str) -> None:
    findings = list(catalogue.named_faults(*KERNELS[kernel_id], limit_s=0.01))
    assert findings
    nothing_missed(findings)


@pytest.mark.parametrize("kernel_id", [k for k in SOURCES if k in KERNELS])
def test_wrong_sources_are_caught(kernel_id: str, isolated: Isolated) -> None:
    folder, _ = KERNELS[kernel_id]
    findings = list(catalogue.source_faults(folder, "numpy", isolated, each=1, most=6, alone=False))
    assert any(finding.fate == "caught" for finding in findings)
    nothing_missed(findings)


def rare_changes() -> list[sources.Mutant]:
    """Return one change of each operator that the kernels of `SOURCES` do without."""
    folder, _ = KERNELS[RARE]
    implementation = folder.implementation("numpy")
    assert implementation is not None
    found = sources.mutants(implementation, folder.name)
    return sources.choose([m for m in found if m.operator in RARE_CHANGES], 1, 3, RARE)


def test_rare_changes_of_sources_are_caught(isolated: Isolated) -> None:
    arguments = [(RARE, "numpy", mutant, False) for mutant in rare_changes()]
    findings = [isolated.call(catalogue.run_mutant, *given, timeout_s=60) for given in arguments]
    nothing_missed(findings)
    fates = {finding.kind: finding.fate for finding in findings}
    assert fates["wrong axis"] == fates["shifted index"] == "caught"


def test_every_change_of_sources_is_drawn() -> None:
    operators = {mutant.operator for mutant in rare_changes()}
    for kernel_id in SOURCES:
        folder, _ = KERNELS[kernel_id]
        implementation = folder.implementation("numpy")
        assert implementation is not None
        found = sources.mutants(implementation, folder.name)
        chosen = sources.choose(found, 1, 6, f"{kernel_id}.numpy")
        operators |= {mutant.operator for mutant in chosen}
    assert operators == {o.__name__.replace("_", " ") for o in sources.OPERATORS}


def test_files_that_nobody_collects_are_named() -> None:
    findings = list(plumbing.uncollected())
    assert {finding.fate for finding in findings} == {"caught"}


@pytest.mark.parametrize("kernel_id", KERNELS)
def test_right_results_raise_no_alarm(kernel_id: str) -> None:
    folder, kernel = KERNELS[kernel_id]
    for dtype in kernel.dtypes:
        found = list(
            catalogue.clean_results(
                folder, kernel, dtype, seeds=2, limit_s=0.003, backends=("numpy", "python")
            )
        )
        assert sum(judged.seeds for judged in found)
        assert not [alarm for judged in found for alarm in judged.alarms]


def test_every_kernel_has_a_truth_but_where_factors_are_free() -> None:
    without = {kernel_id for kernel_id, (_, kernel) in KERNELS.items() if kernel.truth is None}
    assert without == {"linalg/lu", "linalg/qr"}


# -- the tools -----------------------------------------------------------------------------


def test_every_named_fault_concerns_a_kernel() -> None:
    concerned = {fault.title for kernel_id in KERNELS for fault in named.faults_of(kernel_id)}
    assert {fault.title for fault in named.FAULTS} == concerned


def changes(source: str, operator: str) -> list[str]:
    """Return what an operator makes of an expression."""
    function = next(o for o in sources.OPERATORS if o.__name__ == operator)
    tree = ast.parse(source, mode="eval")
    return [ast.unparse(new) for node in ast.walk(tree) for new in function(node)]


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        ("swapped_sign", "a - b", ["a + b"]),
        ("swapped_sign", "-a", ["a"]),
        ("swapped_sign", "-1", []),
        ("dropped_term", "a + b", ["a"]),
        ("off_by_one", "range(1, n)", ["range(2, n)", "range(1, n - 1)"]),
        ("off_by_one", "x[1:-1]", ["1:-2", "2:-1"]),
        ("shifted_index", "u[i + 1, j]", ["u[i, j]"]),
        ("wrong_axis", "x.sum(axis=1)", ["axis=0"]),
        ("wrong_ddof", "x.std()", ["x.std(ddof=1)"]),
        ("wrong_ddof", "x.std(ddof=1)", ["ddof=0"]),
        ("wrong_ddof", "s / (n - 1)", ["s / n"]),
        ("float32_constant", "0.1 * x + 0.5", [repr(float(np.float32(0.1)))]),
        ("changed_constant", "2 * x", ["2.000002 * x"]),
        ("changed_constant", "x[2]", []),
        ("strict_comparison", "a < b", ["a <= b"]),
        ("mean_for_sum", "x.sum()", ["x.mean"]),
        ("removed_guard", "np.abs(x)", ["x"]),
        ("removed_guard", "x.clip(0, 1)", ["x"]),
        ("removed_guard", "x.max()", []),
        ("exchanged_bounds", "np.maximum(a, b)", ["np.minimum"]),
    ],
)
def test_operators(operator: str, source: str, expected: list[str]) -> None:
    assert changes(source, operator) == expected


@pytest.mark.parametrize("kernel_id", KERNELS)
def test_every_mutant_is_its_original_but_for_one_place(kernel_id: str) -> None:
    folder, _ = KERNELS[kernel_id]
    implementation = folder.implementation("numpy")
    assert isinstance(implementation, Implementation)
    reached = sources.reachable(implementation.path, folder.name)
    found = sources.mutants(implementation, folder.name)
    originals = {path: ast.unparse(ast.parse(path.read_text(encoding="utf-8"))) for path in reached}
    for mutant in sources.choose(found, 1, 10, kernel_id):
        original = originals[mutant.path]
        changed = sources.mutated(mutant, reached[mutant.path])
        lines = zip(original.splitlines(), changed.splitlines(), strict=False)
        assert sum(one != other for one, other in lines) >= 1, mutant
        assert abs(len(original.splitlines()) - len(changed.splitlines())) <= 2, mutant


def test_a_planted_source_shadows_nothing(tmp_path: Path) -> None:
    folder, kernel = KERNELS["kde/silverman"]
    path = folder.path / "silverman_numpy.py"
    wrong = path.read_text(encoding="utf-8").replace("(n - 1)", "n")
    planted = sources.plant(folder, path, wrong, tmp_path / "suites")
    inputs = bench.inputs_of(kernel, "smoke", "float64", 0)
    right = bench.run(folder, "numpy", inputs).outputs()
    assert not bench.same_bits(bench.run(planted, "numpy", inputs).outputs(), right)
    assert bench.same_bits(bench.run(folder, "numpy", inputs).outputs(), right)
    assert planted.path != folder.path
    assert discover()["kde/silverman"] == folder


def answer(value: int) -> int:
    return value + 1


def crash() -> None:
    import os

    os.abort()


def hang() -> None:
    while True:
        pass


def test_an_isolated_process_survives_hangs_and_crashes() -> None:
    isolated = Isolated()
    try:
        for fault, problem in ((hang, "no answer within 1 s"), (crash, "crashed")):
            assert isolated.call(answer, 1, timeout_s=30) == 2
            with pytest.raises(RuntimeError, match=problem):
                isolated.call(fault, timeout_s=1 if fault is hang else 30)
        with pytest.raises(RuntimeError, match="TypeError"):
            isolated.call(answer, "1", timeout_s=30)
    finally:
        isolated.close()


def test_a_report_names_files_without_their_folders() -> None:
    text = report.without_folders("/tmp/a-b/c/rms_numpy.py runs as 'x', see suites/a.py: 1/2 /3")
    assert text == "rms_numpy.py runs as 'x', see suites/a.py: 1/2 /3"


def alarm(kernel_id: str, label: str, preset: str) -> catalogue.Alarm:
    return catalogue.Alarm(kernel_id, label, preset, "float64", 3, "is nan at [0]")


def judged(*alarms: catalogue.Alarm) -> catalogue.Judged:
    return catalogue.Judged("s/k", "jax", "smoke", "float64", 200, 150, 7, 0.3, alarms)


def test_a_finished_piece_is_read_as_it_was_written(tmp_path: Path) -> None:
    finding = catalogue.Finding("output", "zeros", "s/k", "jax", "smoke", "float64", "y", "missed")
    done = units.Done("1f", 2.5, [finding], [judged(alarm("s/k", "jax", "smoke"))], ["broken"])
    path = tmp_path / "pieces" / "one.json"
    assert units.load(path) is None
    units.save(path, done)
    assert units.load(path) == done
    assert math.isinf(done.findings[0].budgets)


def test_the_pieces_are_the_whole_catalogue() -> None:
    pieces = list(units.units(KERNELS.values(), units.PARTS, bench.BACKENDS))
    names = [piece.name for piece in pieces]
    assert len({*names}) == len(names)
    for kernel_id, (folder, kernel) in KERNELS.items():
        own = {(piece.part, piece.about) for piece in pieces if piece.kernel_id == kernel_id}
        backends = {found.backend for found in folder.implementations}
        expected = {("outputs", backend) for backend in backends & {*bench.BACKENDS}}
        expected |= {("sources", backend) for backend in backends & {*bench.IN_PROCESS}}
        assert own == expected | {("named", "")} | {("clean", dtype) for dtype in kernel.dtypes}
    assert names[-1] == "plumbing"


def test_a_piece_is_run_again_for_other_code_or_other_seeds() -> None:
    of_kde, of_md = units.Unit("clean", "kde/silverman"), units.Unit("clean", "md/shape")
    assert units.code_of(of_kde, 200, 1.0) == units.code_of(of_kde, 200, 1.0)
    assert units.code_of(of_kde, 200, 1.0) != units.code_of(of_kde, 20, 1.0)
    assert units.code_of(of_kde, 200, 1.0) != units.code_of(of_kde, 200, 2.0)
    assert units.code_of(of_kde, 200, 1.0) != units.code_of(of_md, 200, 1.0)


def test_backends_that_the_catalogue_does_not_run_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["faults", "--backends", "numba,torch.compile"])
    with pytest.raises(SystemExit):
        main()
    assert "torch.compile: the catalogue runs python, numpy" in capsys.readouterr().err


def test_a_report_says_what_is_missing_and_counts_no_documented_difference() -> None:
    known = alarm("array_ops/method", "jax.portable", "special:method=sqrt")
    strange = alarm("array_ops/method", "numpy.portable", "special:method=sqrt")
    done = {
        units.Unit("clean", "s/k", "float64"): units.Done("1f", 60.0, [], [judged(known, strange)]),
        units.Unit("named", "s/k"): None,
    }
    found = report.collect(done, "make faults", 200, 1.0)
    assert found.alarms == [strange]
    assert found.known == [known]
    text = report.markdown(found)
    assert "Not run yet, 1 pieces: `named--s-k`." in text
    assert "150 right results judged: 1 false alarms; `allclose` refuses 7." in text


def test_distance_is_measured_in_budgets() -> None:
    folder, _ = KERNELS["kde/silverman"]
    standard = bench.standard(folder, "smoke", "float64")
    right = dict(standard.reference)
    assert bench.distance(standard, right) == bench.Distance(0.0, 0.0, 0.0)
    moved = right | {"scott": right["scott"] * (1 + 3e-13)}
    away = bench.distance(standard, moved)
    assert away.budgets == pytest.approx(3, rel=1e-2)  # of 1e-13, relative to the entry
    assert away.relative == pytest.approx(3e-13, rel=1e-2)
    assert math.isinf(bench.distance(standard, right | {"scott": np.float64(np.nan)}).budgets)
    assert math.isinf(bench.distance(standard, right | {"scott": right["scott"][None]}).budgets)
