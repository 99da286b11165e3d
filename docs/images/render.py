"""Draw a group's table as an SVG, as a terminal shows it: the picture in the README.

python docs/images/render.py RECORD.json suite/kernel/preset OUTPUT.svg
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench_harness import store
from bench_harness.report.times import group_table


def main(record_path: str, group_id: str, output: str) -> None:
    """Render the group of a record."""
    record = store.load(Path(record_path))
    results = [result for result in record.results if result.case.group_id == group_id]
    shown = group_table(results, record)
    console = Console(record=True, width=132, file=io.StringIO())
    console.print(f"$ bench-harness run '{group_id}'\n", style="bold", markup=False)
    table = Table(title=shown.title, title_justify="left", header_style="bold")
    for name, align in shown.columns:
        table.add_column(name, justify=align)
    for row in shown.rows:
        table.add_row(*(cell.replace("`", "") for cell in row))
    console.print(table)
    console.save_svg(output, title="bench-harness")


if __name__ == "__main__":
    main(*sys.argv[1:])
