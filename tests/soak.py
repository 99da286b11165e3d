"""``python -m tests.soak [CASES] [--without-workers]``: one run of very many cheap cases.

Prints the processor time that the parent takes for a case, its memory and open files, and those of
the process that forks verifiers, over the run; exits with 1 if one of them grows. Without workers,
answers are made up on the spot, and the parent alone is watched: minutes become seconds. The
figures are in ``docs/reliability.md``.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench_harness import store, strictjson
from bench_harness.store import Journal

SUITES = Path(__file__).parent / "data/suites"
PARTS = 10
MIB = 1 << 20


def main() -> int:
    """Run, watch, print, judge."""
    numbers = [word for word in sys.argv[1:] if word.isdecimal()]
    cases = int(numbers[0]) if numbers else 2000
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "soak.json"
        sizes = ",".join(map(str, range(1, cases // 2 + 1)))
        module = "tests.soak_parent" if "--without-workers" in sys.argv else "bench_harness"
        command = [sys.executable, "-m", module, "run", "sample/rms", "--suites", SUITES]
        command += ["--backends", "python,numpy", "--set", f"n={sizes}", "--output", output]
        command += ["--warmup-runs", "0", "--timed-runs", "1", "--threads", "1", "--quiet"]
        with open(Path(folder) / "tables", "w") as tables:
            rows, code = watch([*map(str, command)], output, cases, tables)
        size = output.stat().st_size
        start = time.perf_counter()
        record = store.load(output)
        loading = time.perf_counter() - start
    print(
        "| Cases | Parent's CPU time per case [ms] | Parent's memory [MiB] | Its open files |",
        end="",
    )
    print(" Verifiers' parent's memory [MiB] | Its open files |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for done, seconds, *held in rows:
        cells = " | ".join(f"{rss / MIB:.1f} | {files}" for rss, files in held)
        print(f"| {done} | {seconds * 1e3:.2f} | {cells} |")
    statuses = {result.status for result in record.results}
    print(f"\nexit code {code}, {len(record.results)} results, all of status {sorted(statuses)}; ")
    print(f"the record has {size / MIB:.1f} MiB and loads in {loading:.2f} s")
    return judge(rows, code, len({result.case.id for result in record.results}) == cases)


Held = tuple[int, int]
"""Resident bytes and open files of a process."""

Row = tuple[int, float, Held, Held]


def watch(command: list[str], output: Path, cases: int, tables: object) -> tuple[list[Row], int]:
    """Start a run and look at its parent each time that another tenth of its cases is done."""
    process = subprocess.Popen(
        command,
        stdout=tables,  # type: ignore[call-overload]
        env={**os.environ, "BENCH_HARNESS_LOCK": "off"},
    )
    parent, rows = psutil.Process(process.pid), list[Row]()
    seen, offset, since = 0, 0, 0.0
    while process.poll() is None:
        time.sleep(0.05)
        try:
            with open(Journal(output).path, "rb") as journal:
                journal.seek(offset)
                lines = journal.read().split(b"\n")[:-1]
            held = hold(parent)
            spent = sum(parent.cpu_times()[:2])  # its own, without its children's
        except (OSError, psutil.Error):
            continue
        offset += sum(len(line) + 1 for line in lines)
        seen += sum("case" in strictjson.loads(line.decode()) for line in lines)
        if seen >= (len(rows) + 1) * cases // PARTS:
            done = seen - (rows[-1][0] if rows else 0)
            rows.append((seen, (spent - since) / done, held, hold(forking(parent))))
            since = spent
            print(rows[-1], file=sys.stderr, flush=True)
    return rows, process.wait()


def hold(process: psutil.Process | None) -> Held:
    """Return what a process holds; nothing if it is none or gone."""
    try:
        return (process.memory_info().rss, process.num_fds()) if process else (0, 0)
    except psutil.Error:
        return 0, 0


def forking(parent: psutil.Process) -> psutil.Process | None:
    """Return the process that forks verifiers, where there is one."""
    for child in parent.children():
        with contextlib.suppress(psutil.Error):
            if "bench_harness.preloaded" in child.cmdline():
                return child
    return None


def judge(rows: list[Row], code: int, complete: bool) -> int:
    """Say what grew; the first tenth is left out, in which everything is loaded."""
    first, last = rows[1], rows[-1]
    grew = [
        name
        for name, before, after, allowed in (
            # A result is kept for each case until the record is written; more would be a leak.
            ("memory", first[2][0], last[2][0], 1.0 + 16e3 * (last[0] - first[0]) / first[2][0]),
            ("open files", first[2][1], last[2][1], 1.0),
            ("time per case", first[1], last[1], 1.5),
            ("memory of the verifiers' parent", first[3][0], last[3][0], 1.05),
            ("its open files", first[3][1], last[3][1], 1.0),
        )
        if after > before * allowed
    ]
    print(f"grew: {', '.join(grew) or 'nothing'}")
    return 1 if grew or code or not complete else 0


if __name__ == "__main__":
    sys.exit(main())
