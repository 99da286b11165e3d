"""``python -m tests.faults``: plant every fault, print the tally, write the report."""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import time
from pathlib import Path

from tests.faults import bench, catalogue, report, units
from tests.faults.isolated import Isolated

UNFINISHED = 3
"""Exit code of a call that ran out of its ``--seconds``: call it again."""


def main() -> int:
    """Run the catalogue; the exit code is 1 if a fault was missed or a right result refused."""
    given = _parser().parse_args()
    folders = {folder.id: (folder, kernel) for folder, kernel in catalogue.kernels(given.kernels)}
    planned = list(units.units(folders.values(), given.only or units.PARTS, given.backends))
    if given.again:
        shutil.rmtree(given.state, ignore_errors=True)
    _run(planned, folders, given)
    done = {unit: units.load(given.state / f"{unit.name}.json") for unit in planned}
    found = report.collect(done, _command(given), given.seeds, given.patience)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(report.markdown(found), encoding="utf-8")
    print(report.summary(found))
    print(report.false_alarms(found))
    for finding in found.missed:
        print("missed:", finding.kernel_id, finding.label, finding.kind, finding.where)
    if None in done.values():
        return UNFINISHED
    return 1 if found.missed or found.alarms or found.complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("kernels", nargs="*", help="parts of kernel ids [default: all kernels]")
    parser.add_argument("--seeds", type=int, default=200, help="right results: seeds [200]")
    parser.add_argument(
        "--patience", type=float, default=math.inf, metavar="S",
        help="right results: processor time for one implementation on one preset [all seeds]",
    )  # fmt: skip
    parser.add_argument(
        "--backends", type=_backends, default=bench.BACKENDS,
        help=f"comma-separated [default: {','.join(bench.BACKENDS)}]",
    )  # fmt: skip
    parser.add_argument(
        "--only", choices=units.PARTS, action="append", help="only this part; repeatable"
    )
    parser.add_argument("--output", type=Path, default=Path("reports/faults.md"))
    parser.add_argument(
        "--state", type=Path, default=Path("build/faults"),
        help="where finished pieces are kept; a piece is run again when its code changed",
    )  # fmt: skip
    parser.add_argument("--again", action="store_true", help="forget the finished pieces first")
    parser.add_argument(
        "--seconds", type=float, default=math.inf,
        help=f"start no new piece after this time; exit code {UNFINISHED} if some are left",
    )  # fmt: skip
    return parser


def _backends(text: str) -> list[str]:
    """Return the names given; faults are planted in this process, so not in compiled variants."""
    names = text.split(",")
    if unknown := [name for name in names if name not in bench.BACKENDS]:
        known = ", ".join(bench.BACKENDS)
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: the catalogue runs {known}")
    return names


def _command(given: argparse.Namespace) -> str:
    """Return the command that plants the same faults, in one go."""
    parts = [option for part in given.only or () for option in ("--only", part)]
    chosen = [*given.kernels, *parts]
    if given.seeds != 200:
        chosen += ["--seeds", str(given.seeds)]
    if given.patience < math.inf:
        chosen += ["--patience", f"{given.patience:g}"]
    if given.backends != bench.BACKENDS:
        chosen += ["--backends", ",".join(given.backends)]
    return " ".join(["python -m tests.faults", *chosen]) if chosen else "make faults"


def _run(planned: list[units.Unit], folders: report.Folders, given: argparse.Namespace) -> None:
    """Run the pieces that are not finished, as far as the time allows."""
    isolated = Isolated()
    started = time.monotonic()
    many = (given.seeds, given.patience)
    kernel_id = ""
    for at, unit in enumerate(planned, 1):
        path = given.state / f"{unit.name}.json"
        known = units.load(path)
        if known is not None and known.code == units.code_of(unit, *many):
            continue
        if time.monotonic() - started > given.seconds:
            break
        if unit.kernel_id != kernel_id:
            bench.forget()
            kernel_id = unit.kernel_id
        folder, kernel = folders.get(unit.kernel_id, (None, None))
        done = units.run(unit, folder, kernel, given.backends, *many, isolated)
        units.save(path, done)
        progress = f"{at} of {len(planned)}: {unit.name}: {done.seconds:.0f} s"
        print(progress, file=sys.stderr, flush=True)
    isolated.close()


if __name__ == "__main__":
    sys.exit(main())
