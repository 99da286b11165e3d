"""``python -m tests.gate_study``; see the package."""

import argparse
from pathlib import Path

from tests.gate_study import data, report, runs


def main() -> None:
    """Run one step."""
    parser = argparse.ArgumentParser(prog="python -m tests.gate_study")
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("runs")
    step.add_argument("folder", type=Path)
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
    if given.step == "runs":
        if not (folder / "repo").exists():
            runs.make_repository(folder / "repo")
        runs.run_all(folder, given.limit_s, given.only)
    else:
        data.save(data.compact(folder, given.machine))
    return None


if __name__ == "__main__":
    main()
