"""``bench-harness doctor``."""

from __future__ import annotations

import json
from typing import Any

import click

from bench_harness import environment, units
from bench_harness.doctor import examine
from bench_harness.model import BackendInfo, Environment
from bench_harness.process import Launcher
from bench_harness.report.environments import environment_lines
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show this machine and which backends can be used, or why not and what to do.

    Every backend is started in a process of its own, as in a run.

    \b
    Examples:
      bench-harness doctor
      bench-harness doctor --json
    """
    machine = environment.collect()
    backends = examine(Launcher(), len(environment.usable_cpus()))
    if as_json:
        found = machine.model_copy(update={"backends": backends})
        click.echo(json.dumps(found.model_dump(mode="json"), indent=1))
        return
    click.echo("## Machine\n")
    for line in [*environment_lines(machine), *_tool_lines(machine)]:
        click.echo(f"* {line}")
    click.echo("")
    click.echo(render_table(_table(backends), "##"))


def _tool_lines(machine: Environment) -> list[str]:
    clock = machine.clock
    compiler = (
        machine.compiler or "none: torch.compile on the CPU needs one (Debian: apt-get install g++)"
    )
    return [
        f"C++ compiler: {compiler}",
        f"Clock: {clock['name']}, source {clock['source'] or 'unknown'}, one reading takes "
        f"{units.seconds(clock['read_s'])}",
        *(f"{name}={value}" for name, value in machine.variables.items()),
    ]


def _table(backends: dict[str, BackendInfo]) -> Table:
    rows = [
        [
            f"`{name}`",
            info.version or units.MISSING,
            "yes" if info.usable else "no",
            ", ".join(info.devices) or units.MISSING,
            ", ".join(info.features) or units.MISSING,
            _threads(info),
            info.reason or "",
        ]
        for name, info in backends.items()
    ]
    headings = (
        "Backend",
        "Version",
        "Usable",
        "Devices",
        "Features",
        "Threads",
        "Why not, and what to do",
    )
    return Table("Backends", [(heading, "left") for heading in headings], rows, _notes(backends))


def _threads(info: BackendInfo) -> str:
    facts = [f"{name} {value}" for name, value in info.runtime.items() if value is not None]
    pools: list[dict[str, Any]] = info.thread_pools
    facts += [f"{pool.get('internal_api')} {pool.get('num_threads')}" for pool in pools]
    return ", ".join(facts) or units.MISSING


def _notes(backends: dict[str, BackendInfo]) -> list[str]:
    cupynumeric = backends["cupynumeric"]
    if not cupynumeric.usable or cupynumeric.runtime.get("driver"):
        return []
    return [
        "`cupynumeric` links the NVIDIA driver's library, and this machine has no driver: it runs "
        "on the CPU with a stand-in library, built once into your cache folder and loaded by path, "
        "that answers every call with 'no device'. A real driver is always used where there is one."
    ]
