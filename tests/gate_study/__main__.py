"""``python -m tests.gate_study``; see the package."""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.gate_study import data, report, runs
from tests.gate_study.cases import EXTRA, GATED


def record(folder: Path, chunks: int, processes: int) -> None:
    """Record the pool, in chunks; one that is there is kept."""
    for i in range(chunks):
        output = folder / f"pool-{i}.json"
        if output.exists():
            continue
        command = [sys.executable, "-m", "bench_harness", "run", *GATED, *EXTRA]
        command += ["--warmup-runs", "5", "--timed-runs", "30", "--processes", str(processes)]
        command += ["--threads", "1", "--jobs", "1", "--jit-cache", "warm", "--quiet"]
        subprocess.run([*command, "--output", str(output)], stdout=subprocess.DEVNULL, check=False)


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate_study")
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("record")
    step.add_argument("folder", type=Path)
    step.add_argument("--chunks", type=int, default=8)
    step.add_argument("--processes", type=int, default=25)
    step = steps.add_parser("runs")
    step.add_argument("folder", type=Path)
    step.add_argument("--equal", type=int, default=runs.EQUAL)
    step.add_argument("--planted", type=int, default=runs.PLANTED)
    step.add_argument("--only", default="", help="runs whose names begin so: equal, slow")
    step.add_argument("--limit-s", type=float, default=1e9)
    step = steps.add_parser("compact")
    step.add_argument("folder", type=Path)
    step.add_argument("--machine", required=True, help="a plain name for the page")
    steps.add_parser("report")
    given = parser.parse_args()
    if given.step == "report":
        return report.write(data.load())
    folder = given.folder.resolve()
    if given.step == "record":
        record(folder, given.chunks, given.processes)
    elif given.step == "runs":
        if not (folder / "repo").exists():
            runs.make_repository(folder / "repo", data.call_seconds(folder))
        runs.run_all(folder, given.equal, given.planted, given.limit_s, given.only)
    else:
        data.save(data.compact(folder, given.machine))
    return None


if __name__ == "__main__":
    main()
