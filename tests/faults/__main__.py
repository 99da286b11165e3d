"""``python -m tests.faults``: plant every fault, print the tally, write the report."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bench_harness.discovery import KernelFolder
from bench_harness.kernel import Kernel
from tests.faults import bench, catalogue, plumbing, report
from tests.faults.isolated import Isolated

PARTS = ("outputs", "named", "sources", "plumbing", "clean")
CLEAN_LIMIT_S = 0.03
"""Right results are judged on the presets whose reference takes no longer than this."""


def main() -> int:
    """Run the catalogue; the exit code is 1 if a fault was missed or a right result refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kernels", nargs="*", help="parts of kernel ids [default: all kernels]")
    parser.add_argument("--seeds", type=int, default=200, help="right results: seeds [200]")
    parser.add_argument(
        "--backends", type=lambda text: text.split(","), default=bench.IN_PROCESS,
        help=f"comma-separated [default: {','.join(bench.IN_PROCESS)}]",
    )  # fmt: skip
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; repeatable")
    parser.add_argument("--output", type=Path, default=Path("reports/faults.md"))
    given = parser.parse_args()
    parts = given.only or PARTS
    found = report.Report(command=" ".join(["python -m tests.faults", *sys.argv[1:]]))
    isolated = Isolated()
    for folder, kernel in catalogue.kernels(given.kernels):
        start = time.perf_counter()
        try:
            for part in parts:
                _run_part(part, folder, kernel, given, found, isolated)
        except Exception as error:  # a broken kernel is reported, and costs no other its turn
            found.complaints.append(f"{folder.id}: {type(error).__name__}: {error}")
        _write(given.output, found)
        print(f"{folder.id}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    isolated.close()
    if "plumbing" in parts:
        findings, complaints = plumbing.run()
        found.findings += findings
        found.complaints += complaints
    _write(given.output, found)
    print(report.summary(found))
    print(report.false_alarms(found))
    for finding in found.missed:
        print("missed:", finding.kernel_id, finding.label, finding.kind, finding.where)
    return 1 if found.missed or found.cleared.alarms or found.complaints else 0


def _write(path: Path, found: report.Report) -> None:
    """Write the report as far as it is known."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.markdown(found), encoding="utf-8")


def _run_part(
    part: str,
    folder: KernelFolder,
    kernel: Kernel,
    given: argparse.Namespace,
    found: report.Report,
    isolated: Isolated,
) -> None:
    """Run one part of the catalogue on one kernel."""
    if part == "outputs":
        found.findings += catalogue.output_faults(folder, kernel, given.backends)
    elif part == "named":
        found.findings += catalogue.named_faults(folder, kernel)
    elif part == "sources":
        for label in bench.labels(folder, kernel.dtypes[0], given.backends):
            each, most = catalogue.EACH[label.split(".")[0]]
            found.findings += catalogue.source_faults(folder, label, isolated, each, most)
    elif part == "clean":
        catalogue.clean_results(
            folder, kernel, given.seeds, found.cleared, CLEAN_LIMIT_S, given.backends
        )


if __name__ == "__main__":
    sys.exit(main())
