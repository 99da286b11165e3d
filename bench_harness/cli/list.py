"""``bench-harness list``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bench_harness.cli import options
from bench_harness.discovery import KernelFolder, load_kernel
from bench_harness.outline import outline
from bench_harness.plan import matching_folders
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Table

UNKNOWN = "?"


@click.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options.suites
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with all parameters.")
@click.option("--load", is_flag=True, help="Run the kernels' files to show what they compute.")
def command(
    selectors: tuple[str, ...], suite_paths: tuple[Path, ...], as_json: bool, load: bool
) -> None:
    """Show suites, kernels, presets and implementations.

    Files are read, and none of their code is run. What a kernel's file computes is shown as `?`.

    \b
    Examples:
      bench-harness list
      bench-harness list lap_sim
      bench-harness list --suites mysuites --json
    """
    folders = list(matching_folders(options.find_kernels(suite_paths), selectors))
    described = [_describe(folder, load) for folder in folders]
    if as_json:
        click.echo(json.dumps(described, indent=1))
        return
    rows = [
        [
            f"`{kernel['id']}`",
            kernel["title"] or UNKNOWN,
            UNKNOWN if kernel["presets"] is None else ", ".join(kernel["presets"]),
            ", ".join(kernel["implementations"]),
        ]
        for kernel in described
    ]
    headings = ("Kernel", "What it computes", "Presets", "Implementations")
    columns = [(heading, "left") for heading in headings]
    computed = any(UNKNOWN in row for row in rows)
    notes = [f"{UNKNOWN}: computed by the kernel's code, which --load runs."] if computed else []
    click.echo(render_table(Table("Kernels", columns, rows, notes), "##"))  # type: ignore[arg-type]


def _describe(folder: KernelFolder, load: bool) -> dict[str, Any]:
    """Return what is known of a kernel; None stands for what was not read."""
    found = vars(load_kernel(folder)) if load else outline(folder)
    presets = found["presets"]
    return {
        "id": folder.id,
        "title": found["title"],
        "presets": presets and {name: dict(params) for name, params in presets.items()},
        **{name: _listed(found[name]) for name in ("headline", "dtypes", "outputs")},
        "implementations": [implementation.label for implementation in folder.implementations],
        "unsupported": found["unsupported"] and dict(found["unsupported"]),
        "path": str(folder.path),
    }


def _listed(value: Any) -> list[Any] | None:
    return None if value is None else list(value)
