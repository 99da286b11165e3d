"""Faults between an implementation and its numbers, planted into real runs.

``data/planted`` is a folder of suites whose files are wrong in ways that no comparison of one
result can show. Each goes through the runner; what the runner accepts goes through the audit.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench_harness import environment
from bench_harness.audit import audit_group
from bench_harness.discovery import KernelFolder, discover, overlooked
from bench_harness.errors import HarnessError
from bench_harness.measure.runner import Runner
from bench_harness.measure.workers import Workers
from bench_harness.model import Case, CaseResult, RunConfig
from bench_harness.plan import Group, Request, make_plan
from tests.faults import bench
from tests.faults.catalogue import Finding

PLANTED = Path(__file__).parent / "data" / "planted"
ACCOMPLICES = (
    "smooth/numpy",
    "smooth/numba",
    "smooth/torch",
    "smooth/jax",
    "gradient_detached/numpy",
    "gradient_detached/torch.host",
    "gradient_detached/jax",
    "gradient_by_differences/numpy",
)
"""Correct implementations beside the faulty ones; the catalogue wants them accepted."""


class _Silent:
    """A listener that says nothing."""

    def case_started(self, case: Case) -> None: ...

    def case_finished(self, result: CaseResult) -> None: ...

    def group_finished(self, results: object) -> None: ...


def run() -> tuple[list[Finding], list[str]]:
    """Return the findings about all planted files, and complaints about the correct ones."""
    config = RunConfig(warmup_runs=1, timed_runs=3, exact_runs=True, threads=1, gradients=True)
    groups = _groups()
    with tempfile.TemporaryDirectory(prefix="bench-harness-plumbing-") as folder:
        runner = Runner(
            config=config,
            environment=environment.collect(),
            argv=["tests.faults"],
            output=Path(folder) / "run.json",
            listener=_Silent(),
        )
        results = {_name(result.case): result for result in runner.run(groups).results}
    ran = {name: found for name, found in results.items() if found.status != "unsupported"}
    reasons = {name: _refused(result) for name, result in ran.items()}
    audited = _audit([name for name, reason in reasons.items() if reason is None], config)
    broken = {name: text for name, text in audited.items() if "could not be audited" in text}
    complaints, findings = [f"{name}: {text}" for name, text in broken.items()], []
    for name, result in ran.items():
        reason = reasons[name] or (None if name in broken else audited.get(name))
        if name in ACCOMPLICES:
            complaints += [f"{name}: {reason}"] if reason else []
        else:
            findings.append(_finding(name, result, reason))
    return findings + list(uncollected()), complaints


def _groups() -> list[Group]:
    request = Request(presets=("smoke",), devices=("cpu",))
    return list(make_plan(discover([PLANTED]), request, environment.gpu_present()))


def _name(case: Case) -> str:
    return f"{case.kernel}/{case.backend}" + (f".{case.variant}" if case.variant else "")


def _refused(result: CaseResult) -> str | None:
    """Return why a case does not count, or what is said about its times."""
    if result.status != "ok":
        return f"{result.status}: {result.reason}"
    gradient = result.gradient
    if gradient is not None and not gradient.passed and not gradient.unsupported:
        problems = [one.problem for one in gradient.derivatives if one.problem]
        return "gradient: " + "; ".join([gradient.problem or "", *problems]).strip("; ")
    return next((text for text in result.warnings if text.startswith("compiled")), None)


def _audit(names: list[str], config: RunConfig) -> Mapping[str, str]:
    """Return what the audit doubts, by name."""
    workers = Workers(config)
    ceilings = workers.ceilings()
    doubts = {}
    for group in _groups():
        kept = tuple(planned for planned in group.cases if _name(planned.case) in names)
        if not kept:
            continue
        for audit in audit_group(Group(group.folder, kept), workers, ceilings):
            if audit.findings:
                doubts[_name(audit.case)] = "audit: " + "; ".join(audit.findings)
    return doubts


def _finding(name: str, result: CaseResult, reason: str | None) -> Finding:
    folder = discover([PLANTED])[f"planted/{result.case.kernel}"]
    return Finding(
        family="plumbing",
        kind=_summary(folder, result.case),
        kernel_id="planted/" + name.split("/")[0],
        label=name.split("/")[1],
        preset="smoke",
        dtype="float64",
        where="",
        fate="missed" if reason is None else "caught",
        reason=reason or "",
        allclose_accepts=_accepted_by_allclose(folder, name.split("/")[1]),
    )


def _summary(folder: KernelFolder, case: Case) -> str:
    """Return the first line of the docstring of the planted file."""
    label = case.backend + (f".{case.variant}" if case.variant else "")
    implementation = folder.implementation(label)
    assert implementation is not None
    path = implementation.path if case.variant else folder.path / "kernel.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".")


def _accepted_by_allclose(folder: KernelFolder, label: str) -> bool:
    """Tell what a comparison of the first call over zip says."""
    try:
        standard = bench.standard(folder, "smoke", "float64")
        result = bench.run(folder, label, standard.inputs)
    except Exception:
        return False
    return bench.accepted_by_allclose(standard, result.returned)


def uncollected() -> Iterator[Finding]:
    """Plant files that are meant to be run and bear the wrong name."""
    kernel, right = (PLANTED / "smooth" / name for name in ("kernel.py", "smooth_numpy.py"))
    plots = {
        "a function never collected: its folder has no kernel.py": "s/other/other_numpy.py",
        "a function never collected: its file names no backend": "s/smooth/smooth_nmpy.py",
        "a function never collected: a capital in its file's name": "s/smooth/Smooth_jax.py",
        "a function never collected: a file named after its backend only": "s/smooth/jax.py",
        "a function never collected: a hyphen in its file's name": "s/smooth/smooth-jax.py",
    }
    for kind, name in plots.items():
        with tempfile.TemporaryDirectory(prefix="bench-harness-lost-") as folder:
            root = Path(folder)
            (root / "s" / "smooth").mkdir(parents=True)
            (root / "s" / "smooth" / "kernel.py").write_text(kernel.read_text())
            (root / "s" / "smooth" / "smooth_numpy.py").write_text(right.read_text())
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(right.read_text())
            try:
                discover([root])
                reason = "; ".join(overlooked([root])) or None
            except HarnessError as error:
                reason = str(error)
        yield Finding(
            family="plumbing",
            kind=kind,
            kernel_id="planted/smooth",
            label="numpy",
            preset="smoke",
            dtype="float64",
            where=name,
            fate="missed" if reason is None else "caught",
            reason=reason or "",
            allclose_accepts=True,
        )
