"""``bench-harness list``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bench_harness.cli import options
from bench_harness.discovery import KernelFolder, load_kernel
from bench_harness.plan import matching_folders
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Table


@click.command()
@click.argument("selectors", nargs=-1, metavar="[SELECTOR]...")
@options.suites
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with all parameters.")
def command(selectors: tuple[str, ...], suite_paths: tuple[Path, ...], as_json: bool) -> None:
    """Show suites, kernels, presets and implementations.

    \b
    Examples:
      bench-harness list
      bench-harness list lap_sim
      bench-harness list --suites mysuites --json
    """
    folders = list(matching_folders(options.find_kernels(suite_paths), selectors))
    described = [_describe(folder) for folder in folders]
    if as_json:
        click.echo(json.dumps(described, indent=1))
        return
    rows = [
        [
            f"`{kernel['id']}`",
            kernel["title"],
            ", ".join(kernel["presets"]),
            ", ".join(kernel["implementations"]),
        ]
        for kernel in described
    ]
    headings = ("Kernel", "What it computes", "Presets", "Implementations")
    columns = [(heading, "left") for heading in headings]
    click.echo(render_table(Table("Kernels", columns, rows), "##"))  # type: ignore[arg-type]


def _describe(folder: KernelFolder) -> dict[str, Any]:
    kernel = load_kernel(folder)
    return {
        "id": folder.id,
        "title": kernel.title,
        "presets": {name: dict(params) for name, params in kernel.presets.items()},
        "headline": list(kernel.headline),
        "dtypes": list(kernel.dtypes),
        "outputs": list(kernel.outputs),
        "implementations": [found.label for found in folder.implementations],
        "unsupported": dict(kernel.unsupported),
        "path": str(folder.path),
    }
