"""Findings -> Markdown: what was caught, what was not, and what is too small to count."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench_harness.discovery import KernelFolder
from bench_harness.kernel import Kernel
from tests.faults.catalogue import KNOWN_DIFFERENCES, Alarm, Finding, Judged, is_known
from tests.faults.units import Done, Unit

Folders = Mapping[str, tuple[KernelFolder, Kernel]]

FAMILIES = {
    "output": "Wrong results, in a correct implementation's place",
    "source": "Wrong source code",
    "named": "Found in public code",
    "plumbing": "Between an implementation and its numbers",
}
LARGE = {"float64": 1e-6, "float32": 1e-3}
"""A fault that was accepted and is larger, relative to the largest entry, deserves a look."""


@dataclass
class Report:
    """Everything that one run of the catalogue found out."""

    findings: list[Finding] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    command: str = "make faults"
    seeds: int = 200
    patience_s: float = math.inf
    seconds: float = 0.0
    unfinished: list[Unit] = field(default_factory=list)

    def of(self, *families: str) -> list[Finding]:
        """Return the findings of some families; those of all but the reference's own, if none."""
        return [f for f in self.findings if f.family in (families or FAMILIES)]

    @property
    def missed(self) -> list[Finding]:
        """The faults larger than their budget that were accepted."""
        return [finding for finding in self.of() if finding.fate == "missed"]

    @property
    def alarms(self) -> list[Alarm]:
        """The right results that were refused."""
        return [a for judged in self.judged for a in judged.alarms if not is_known(a)]

    @property
    def known(self) -> list[Alarm]:
        """The results that were refused for a documented difference of their backend."""
        return [a for judged in self.judged for a in judged.alarms if is_known(a)]


def collect(
    done: Mapping[Unit, Done | None], command: str, seeds: int, patience_s: float
) -> Report:
    """Return what the pieces of the catalogue found out, together."""
    report = Report(command=command, seeds=seeds, patience_s=patience_s)
    for unit, piece in done.items():
        if piece is None:
            report.unfinished.append(unit)
            continue
        report.findings += piece.findings
        report.judged += piece.judged
        report.complaints += piece.complaints
        report.seconds += piece.seconds
    return report


def _count(findings: Iterable[Finding], fate: str) -> int:
    return sum(finding.fate == fate for finding in findings)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table, numbers to the right."""
    rows = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    marks = ["---:" if all(_is_number(row[i]) for row in rows) else "---" for i in range(len(head))]
    lines = [head, marks, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _is_number(text: str) -> bool:
    return text in ("–", "") or text.replace("%", "").replace("e-", "").replace(".", "").isdigit()


def _tally(groups: dict[str, list[Finding]], name: str) -> str:
    rows = []
    for group, findings in groups.items():
        larger = [f for f in findings if f.fate in ("caught", "missed")]
        caught = _count(larger, "caught")
        naive = sum(not f.allclose_accepts for f in larger)
        rows.append(
            (group, len(findings), _count(findings, "no effect"),
             _count(findings, "under budget") + _count(findings, "also valid"),
             len(larger), caught, len(larger) - caught, naive)
        )  # fmt: skip
    if len(rows) > 1:
        rows.append(("**all**", *(sum(row[i] for row in rows) for i in range(1, 8))))
    head = (name, "Planted", "No effect", "Under budget", "Larger", "Caught", "Missed", "allclose")
    return table(head, rows)


def _grouped(
    findings: Iterable[Finding], key: Callable[[Finding], str]
) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return {name: groups[name] for name in sorted(groups, key=str.lower)}


def _size(value: float) -> str:
    return "–" if math.isinf(value) else f"{value:.1e}"


def summary(report: Report) -> str:
    """Return the table by family: what is printed and what a reader wants first."""
    families = _grouped(report.of(), lambda f: FAMILIES[f.family])
    ordered = {title: families[title] for title in FAMILIES.values() if title in families}
    return _tally(ordered, "Class")


def false_alarms(report: Report) -> str:
    """Return what became of the right results."""
    judged = sum(one.seeds for one in report.judged)
    naive = sum(one.refused_by_allclose for one in report.judged)
    lines = [
        f"{judged} right results judged: {len(report.alarms)} false alarms; "
        f"`allclose` refuses {naive}."
    ]
    closest: dict[str, float] = {}
    for one in report.judged:
        if not one.alarms:  # those are listed
            closest[one.kernel_id] = max(one.budgets, closest.get(one.kernel_id, 0.0))
    largest = sorted(closest.items(), key=lambda item: -item[1])[:5]
    if largest:
        shares = ", ".join(f"`{name}` {share:.2g}" for name, share in largest)
        lines.append(f"Largest share of its budget that a right result uses: {shares}.")
    if report.known:
        reasons = "; ".join(KNOWN_DIFFERENCES.values())
        lines.append(f"Refused for a documented difference: {len(report.known)} ({reasons}).")
    lines += [
        f"* `{a.kernel_id}` `{a.label}` {a.preset} {a.dtype} seed {a.seed}: {a.reason}"
        for a in report.alarms
    ]
    lines += [
        f"* correct, and refused: {without_folders(complaint)}" for complaint in report.complaints
    ]
    return "\n".join(lines)


def _cleared(report: Report) -> str:
    """Return how many seeds of right results were judged, by implementation."""
    groups: dict[str, list[Judged]] = {}
    for one in report.judged:
        groups.setdefault(one.label, []).append(one)
    rows = []
    for label, several in sorted(groups.items()):
        tried = [one for one in several if one.seeds]
        fewer = [one for one in tried if one.seeds < one.asked]
        rows.append(
            (f"`{label}`", len({one.kernel_id for one in tried}), len(tried),
             sum(one.seeds for one in tried),
             sum(not is_known(alarm) for one in tried for alarm in one.alarms),
             len(fewer), min((one.seeds for one in fewer), default="–"),
             len(several) - len(tried))
        )  # fmt: skip
    head = ("Backend", "Kernels", "Presets x dtypes", "Results", "Alarms", "Fewer seeds",
            "Fewest", "Left out")  # fmt: skip
    return table(head, rows) if rows else "None."


def _after(patience_s: float) -> str:
    return "early" if math.isinf(patience_s) else f"after {patience_s:g} s of processor time"


def markdown(report: Report) -> str:
    """Return the whole report."""
    backends = sorted({f.label.split(".")[0] for f in report.of()})
    kernels = sorted({f.kernel_id for f in report.of() if not f.kernel_id.startswith("planted/")})
    parts = [
        "# The fault catalogue",
        f"Written by `{report.command}` in {report.seconds / 60:.0f} minutes. Faults "
        f"are planted into {len(kernels)} kernels on "
        f"{', '.join(backends)}, and each is judged twice: by the verifier, and by "
        "`all(allclose(...) for ... in zip(...))` with NumPy's default tolerances "
        "(rtol=1e-5, atol=1e-8), the usual comparison (column *allclose*: how many of the "
        "larger ones it refuses; an exception counts as refused).\n\n"
        "*No effect*: every bit of the result is what it was, on every preset tried. *Under "
        "budget*: the result is no further from the reference than rounding is allowed to "
        "bring a correct one, or another valid answer; listed below with its size. Everything "
        "else is *larger* and must be caught.",
        *_unfinished(report),
        summary(report),
        "## Missed",
        _missed(report),
        "## False alarms",
        false_alarms(report),
        f"Every implementation on its small presets, in every dtype, on {report.seeds} seeds each, "
        f"or on the one where nothing in the inputs is random. *Fewer seeds*: how many of presets "
        f"x dtypes were ended {_after(report.patience_s)}. *Left out*: the kernel "
        "calls this implementation slow there.",
        _cleared(report),
        "## By kind",
        _tally(_grouped(report.of(), lambda f: f.kind), "Fault"),
        "## By kernel",
        _tally(_grouped(report.of(), lambda f: f.kernel_id), "Kernel"),
        "## By backend",
        _tally(_grouped(report.of(), lambda f: f.label.split(".")[0]), "Backend"),
        "## Found in public code, planted into these kernels",
        _verdicts(report.of("named")),
        "## Plumbing",
        _verdicts(report.of("plumbing")),
        "## A fault in the reference itself",
        "The same changes to the NumPy source, now in the implementation that all others are "
        "compared with: only invariants and the truth can tell. Not part of the goal.",
        _tally(_grouped(report.of("reference"), lambda f: f.kernel_id), "Kernel"),
        "## Accepted, and large",
        f"Under their budgets, and yet above {LARGE['float64']:.0e} of the largest entry in "
        f"float64 or {LARGE['float32']:.0e} in float32: here a budget may be too loose.",
        _accepted(f for f in report.of() if f.relative > LARGE[f.dtype] and f.budgets > 1e-2),
        "## Also valid",
        "Another answer, which meets every budget and every invariant of an output without a "
        "budget: another sign, another order of what is equal. To be read; not counted as missed.",
        _verdicts([f for f in report.of() if f.fate == "also valid"]),
        "## Under budget",
        "Size is the error over the largest entry of the output; share is the error over the "
        "error allowed.",
        _accepted(report.of()),
        "## Changes of source code without effect",
        "Every bit as before on every preset tried: the change is in code for other inputs, in "
        "a size of a block, or in a case that these inputs do not reach.",
        _without_effect(report.of("source")),
    ]
    return "\n\n".join(parts) + "\n"


def _unfinished(report: Report) -> list[str]:
    """Return a paragraph about the pieces that were not run; none if all were."""
    if not report.unfinished:
        return []
    names = ", ".join(f"`{unit.name}`" for unit in report.unfinished)
    return [f"Not run yet, {len(report.unfinished)} pieces: {names}."]


def _missed(report: Report) -> str:
    rows = [
        (f"`{f.kernel_id}`", f"`{f.label}`", f.preset, f.dtype, f.kind, f.where,
         _size(f.budgets), _size(max(f.relative, f.unjudged)))
        for f in report.missed
    ]  # fmt: skip
    head = ("Kernel", "Backend", "Preset", "Dtype", "Fault", "Where", "Budgets", "Size")
    return table(head, rows) if rows else "None."


def _verdicts(findings: list[Finding]) -> str:
    rows = [
        (f"{f.kind} {f.where}", f"`{f.kernel_id}`", f"`{f.label}`", f.preset, f.fate,
         _size(max(f.relative, f.unjudged)), "accepts" if f.allclose_accepts else "refuses",
         _short(f.reason))
        for f in findings
    ]  # fmt: skip
    head = ("Fault", "Kernel", "Backend", "Preset", "Verdict", "Size", "allclose", "Reason")
    return table(head, rows) if rows else "None."


def _short(text: str) -> str:
    text = without_folders(" ".join(text.split()))
    return text if len(text) < 120 else text[:117] + "..."


def without_folders(text: str) -> str:
    """Return text whose absolute paths are file names: where a checkout lies is nobody's matter."""
    return re.sub(r"(?<![\w.])/(?:[^\s/:'\"`]+/)+", "", text)


def _accepted(findings: Iterable[Finding]) -> str:
    accepted = [f for f in findings if f.fate == "under budget"]
    groups = _grouped(accepted, lambda f: "\0".join((f.kernel_id, f.dtype, f.kind, f.where)))
    rows = []
    for found in groups.values():
        worst = max(found, key=lambda f: f.budgets)
        labels = ", ".join(sorted({f.label for f in found}))
        rows.append(
            (f"`{worst.kernel_id}`", worst.dtype, labels, worst.kind, worst.where,
             _size(max(worst.relative, worst.unjudged)), f"{worst.budgets:.2g}")
        )  # fmt: skip
    head = ("Kernel", "Dtype", "Backends", "Fault", "Where", "Size", "Share")
    return table(head, rows) if rows else "None."


def _without_effect(findings: list[Finding]) -> str:
    idle = [f for f in findings if f.fate == "no effect"]
    rows = [(f"`{f.kernel_id}`", f"`{f.label}`", f.kind, f.where) for f in idle]
    return table(("Kernel", "Backend", "Fault", "Where"), rows) if rows else "None."
