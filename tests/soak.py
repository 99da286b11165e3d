"""``python -m tests.soak [CASES]``: one run of very many cheap cases, watched from outside.

Prints the parent's memory and open files, and the seconds that a case takes, over the run; exits
with 1 if one of them grows. The figures are in ``docs/reliability.md``.
"""

from __future__ import annotations

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
    cases = int(sys.argv[1]) if sys.argv[1:] else 2000
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "soak.json"
        sizes = ",".join(map(str, range(1, cases // 2 + 1)))
        command = [sys.executable, "-m", "bench_harness", "run", "sample/rms", "--suites", SUITES]
        command += ["--backends", "python,numpy", "--set", f"n={sizes}", "--output", output]
        command += ["--warmup-runs", "0", "--timed-runs", "1", "--threads", "1", "--quiet"]
        with open(Path(folder) / "tables", "w") as tables:
            rows, code = watch([*map(str, command)], output, cases, tables)
        size = output.stat().st_size
        start = time.perf_counter()
        record = store.load(output)
        loading = time.perf_counter() - start
    print("| Cases | Seconds per case | Parent's memory [MiB] | Its open files |")
    print("| ---: | ---: | ---: | ---: |")
    for done, seconds, rss, files in rows:
        print(f"| {done} | {seconds:.3f} | {rss / MIB:.1f} | {files} |")
    statuses = {result.status for result in record.results}
    print(f"\nexit code {code}, {len(record.results)} results, all of status {sorted(statuses)}; ")
    print(f"the record has {size / MIB:.1f} MiB and loads in {loading:.2f} s")
    return judge(rows, code, len({result.case.id for result in record.results}) == cases)


Row = tuple[int, float, int, int]


def watch(command: list[str], output: Path, cases: int, tables: object) -> tuple[list[Row], int]:
    """Start a run and look at its parent each time that another tenth of its cases is done."""
    process = subprocess.Popen(
        command,
        stdout=tables,  # type: ignore[call-overload]
        env={**os.environ, "BENCH_HARNESS_LOCK": "off"},
    )
    parent, rows = psutil.Process(process.pid), list[Row]()
    seen, offset, since = 0, 0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        try:
            with open(Journal(output).path, "rb") as journal:
                journal.seek(offset)
                lines = journal.read().split(b"\n")[:-1]
            files, rss = parent.num_fds(), parent.memory_info().rss
        except (OSError, psutil.Error):
            continue
        offset += sum(len(line) + 1 for line in lines)
        seen += sum("case" in strictjson.loads(line.decode()) for line in lines)
        if seen >= (len(rows) + 1) * cases // PARTS:
            done = seen - (rows[-1][0] if rows else 0)
            rows.append((seen, (time.monotonic() - since) / done, rss, files))
            since = time.monotonic()
            print(rows[-1], file=sys.stderr, flush=True)
    return rows, process.wait()


def judge(rows: list[Row], code: int, complete: bool) -> int:
    """Say what grew; the first tenth is left out, in which everything is loaded."""
    _, first, *_, last = rows
    grew = [
        name
        for name, before, after, allowed in (
            # A result of 4 kB is kept for each case; more would be a leak.
            ("memory", first[2], last[2], 1.0 + 16e3 * (last[0] - first[0]) / first[2]),
            ("open files", first[3], last[3], 1.0),
            ("time per case", first[1], last[1], 1.5),
        )
        if after > before * allowed
    ]
    print(f"grew: {', '.join(grew) or 'nothing'}")
    return 1 if grew or code or not complete else 0


if __name__ == "__main__":
    sys.exit(main())
