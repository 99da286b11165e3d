"""``python -m tests.regenerate``: rewrite the files that tests compare with.

Look at what changes before it is committed: these files are the promise, the code is the guess.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench_harness import store
from bench_harness.report.markdown import render_report

TESTS = Path(__file__).parent
RECORD = TESTS / "data/record.json"
REPORT = TESTS / "golden/report.md"
SCHEMA = TESTS.parent / "docs/result.schema.json"


def main() -> None:
    """Write the golden files and the published schema."""
    REPORT.write_text(render_report(store.load(RECORD)) + "\n", encoding="utf-8")
    SCHEMA.write_text(json.dumps(store.json_schema(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
