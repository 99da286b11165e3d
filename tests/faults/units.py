"""The catalogue in pieces: what has been done is on disk, and is not done again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_harness
from bench_harness.discovery import KernelFolder, bundled_suites
from bench_harness.kernel import Kernel
from tests.faults import bench, catalogue, plumbing
from tests.faults.catalogue import Alarm, Finding, Judged
from tests.faults.isolated import Isolated

PARTS = ("outputs", "named", "sources", "clean", "plumbing")
JUDGE_NOTHING = ("__main__.py", "report.py", "test_faults.py")
"""Files of this folder that no verdict depends on; nor does one on files of another backend's."""
CLEAN_LIMIT_S = 0.02
"""Right results are judged on the presets whose reference takes no longer than this."""


@dataclass(frozen=True)
class Unit:
    """A piece of the catalogue that is run as a whole: at most a few minutes."""

    part: str
    kernel_id: str = ""
    about: str = ""
    """The backend whose outputs or sources are changed, or the dtype of the right results."""

    @property
    def name(self) -> str:
        return "--".join(filter(None, (self.part, self.kernel_id.replace("/", "-"), self.about)))


@dataclass(frozen=True)
class Done:
    """What a unit found out."""

    code: str
    """Digest of the code that was judged, and of the code that judged it."""
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def units(
    kernels: Iterable[tuple[KernelFolder, Kernel]], parts: Sequence[str], backends: Sequence[str]
) -> Iterator[Unit]:
    """Yield the pieces of the catalogue, kernel by kernel."""
    for folder, kernel in kernels:
        found = {implementation.backend for implementation in folder.implementations}
        present = [backend for backend in backends if backend in found]
        quick = [backend for backend in present if backend in bench.IN_PROCESS]
        abouts = {"outputs": present, "named": [""], "sources": quick, "clean": kernel.dtypes}
        for part, several in abouts.items():
            if part in parts:
                yield from (Unit(part, folder.id, about) for about in several)
    if "plumbing" in parts:
        yield Unit("plumbing")


def run(
    unit: Unit,
    folder: KernelFolder | None,
    kernel: Kernel | None,
    backends: Sequence[str],
    seeds: int,
    patience_s: float,
    isolated: Isolated,
) -> Done:
    """Run one unit; an exception becomes a complaint, and costs no other unit its turn."""
    done = Done(code_of(unit, seeds, patience_s))
    start = time.perf_counter()
    try:
        if unit.part == "plumbing":
            findings, complaints = plumbing.run()
            done.findings.extend(findings)
            done.complaints.extend(complaints)
        else:
            assert folder is not None
            assert kernel is not None
            _run_on_kernel(unit, folder, kernel, backends, seeds, patience_s, isolated, done)
    except Exception as error:
        done.complaints.append(f"{unit.name}: {type(error).__name__}: {error}")
    return dataclasses.replace(done, seconds=time.perf_counter() - start)


def _run_on_kernel(
    unit: Unit,
    folder: KernelFolder,
    kernel: Kernel,
    backends: Sequence[str],
    seeds: int,
    patience_s: float,
    isolated: Isolated,
    done: Done,
) -> None:
    if unit.part == "outputs":
        done.findings.extend(catalogue.output_faults(folder, kernel, [unit.about]))
    elif unit.part == "named":
        done.findings.extend(catalogue.named_faults(folder, kernel))
    elif unit.part == "sources":
        each, most = catalogue.EACH[unit.about]
        for label in bench.labels(folder, kernel.dtypes[0], [unit.about]):
            done.findings.extend(catalogue.source_faults(folder, label, isolated, each, most))
    elif unit.part == "clean":
        dtype, limit_s = unit.about, CLEAN_LIMIT_S
        backends = [backend for backend in backends if backend in bench.IN_PROCESS]
        done.judged.extend(
            catalogue.clean_results(folder, kernel, dtype, seeds, limit_s, backends, patience_s)
        )


def code_of(unit: Unit, seeds: int, patience_s: float) -> str:
    """Return a digest of the code, and of how many seeds, that a unit's verdicts depend on."""
    package, suites = Path(bench_harness.__file__).parent, bundled_suites()
    suite = unit.kernel_id.split("/")[0]
    folders = [package / "verify", package / "backends", package / "arrays", Path(__file__).parent]
    folders += [suites / suite] if suite else [package / "measure"]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    files += [package / "kernel.py", package / "measure" / "invoke.py"]
    if suite and unit.about != "cupynumeric":
        files = [path for path in files if "cupy" not in path.name]
    files = [path for path in files if path.name not in (*JUDGE_NOTHING, "stand_in_driver.py")]
    digest = hashlib.sha256(f"{seeds} {patience_s}".encode() if unit.part == "clean" else b"")
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def save(path: Path, done: Done) -> None:
    """Write what a unit found out; the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(dataclasses.asdict(done)), encoding="utf-8")
    draft.replace(path)


def load(path: Path) -> Done | None:
    """Return what a unit found out, or None if it was not run yet."""
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    judged = [
        Judged(**{**one, "alarms": tuple(Alarm(**alarm) for alarm in one["alarms"])})
        for one in found.pop("judged")
    ]
    return Done(
        **{**found, "findings": [Finding(**f) for f in found["findings"]], "judged": judged}
    )
