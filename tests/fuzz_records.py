"""``python -m tests.fuzz_records [libFuzzer options]``: records mutated by what their bytes reach.

Needs atheris (``pip install atheris``), which is no dependency: hypothesis mutates what it knows
in ``tests/unit/test_fuzz.py``, and this looks for what nobody thought of. Ends at the first text
that is neither loaded nor refused, and leaves it in a file. ``-max_total_time=180`` sets the
seconds; how many texts were tried is in ``docs/reliability.md``.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["bench_harness"]):
    from bench_harness import store
    from bench_harness.errors import HarnessError
    from bench_harness.integrations import formats
    from bench_harness.report import markdown

from tests import hostile  # noqa: E402

JOURNAL, PYPERF, PYTEST = range(3)
"""What the first byte chooses; any other is a record."""


def try_one(data: bytes) -> None:
    """Read one text: every error but those meant for a user ends the search."""
    kind, text = data[:1], data[1:].decode(errors="replace")
    try:
        if kind == bytes([JOURNAL]):
            SCRATCH.write_bytes(data[1:])
            record = store.read_journal(SCRATCH)
        elif kind in (bytes([PYPERF]), bytes([PYTEST])):
            names = {PYPERF: "pyperf", PYTEST: "pytest-benchmark"}
            record = formats.parse(text, names[kind[0]], "file")
        else:
            record = store.parse(text, "file")
    except HarnessError:
        return
    report = markdown.render_report(record).partition("## How to reproduce")[0]
    assert "<script" not in report
    again = store.parse(store.dump(record, full=True), "again")
    assert again == record, "a record changes when it is written and read"


def seeds(folder: Path) -> None:
    """Write what the search starts from: a record, its journal, exports of it."""
    good = {**hostile.good(), "results": hostile.good()["results"][:3]}
    record = store.parse(json.dumps(good), "good")
    head = record.model_copy(update={"results": []})
    journal = "\n".join(part.model_dump_json() for part in (head, *record.results))
    texts = {JOURNAL: journal, 9: json.dumps(good)}
    texts |= {
        kind: formats.export_text(record, name)
        for kind, name in ((PYPERF, "pyperf"), (PYTEST, "pytest-benchmark"))
    }
    for kind, text in texts.items():
        (folder / str(kind)).write_bytes(bytes([kind]) + text.encode())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        SCRATCH = Path(scratch) / "run.json.journal"
        seeds(corpus)
        atheris.Setup([*sys.argv, "-max_len=60000", str(corpus)], try_one)
        atheris.Fuzz()
