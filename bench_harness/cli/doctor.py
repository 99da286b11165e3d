"""``bench-harness doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from bench_harness import environment, leftovers, units
from bench_harness.cli import measuring
from bench_harness.doctor import examine
from bench_harness.errors import ConfigurationError
from bench_harness.model import BackendInfo, Environment
from bench_harness.noise import Noise, measure_noise
from bench_harness.process import Launcher
from bench_harness.report.environments import environment_lines
from bench_harness.report.markdown import render_table
from bench_harness.report.table import Align, Table

NOISE_SECONDS = 30.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--noise", is_flag=True, help="Measure how still the machine is instead.")
@click.option(
    "--seconds",
    type=click.FloatRange(1),
    metavar="S",
    help="With --noise: for about how long [default: 30].",
)
@measuring.wait
def command(as_json: bool, noise: bool, seconds: float | None, wait: bool) -> None:
    """Show this machine and which backends can be used, or why not and what to do.

    Every backend is started in a process of its own, as in a run. With --noise, small kernels
    are timed in ten processes, one after the other, and what is said is how small a change the
    machine can show.

    \b
    Examples:
      bench-harness doctor
      bench-harness doctor --json
      bench-harness doctor --noise --seconds 60
    """
    if seconds is not None and not noise:
        raise ConfigurationError("--seconds says how long --noise measures: add --noise.")
    if noise:
        with measuring.measuring(wait) as session:
            seen = measure_noise(session.launcher, seconds or NOISE_SECONDS)
        click.echo(json.dumps(asdict(seen), indent=1) if as_json else render_noise(seen))
        return
    machine = environment.collect()
    # Without the lock: nothing is timed, and whoever asks what is wrong should not have to wait.
    with leftovers.one_temporary_folder():
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


def render_noise(noise: Noise) -> str:
    """Return what was seen of the machine, and what that means for a comparison."""
    rows = [
        [
            kernel.name,
            units.seconds(kernel.median_s),
            f"{kernel.within:.1%}",
            f"{kernel.between:.1%}",
            f"{kernel.visible:.1%}",
        ]
        for kernel in noise.kernels
    ]
    columns: list[tuple[str, Align]] = [
        ("Kernel", "left"),
        ("Time", "right"),
        ("Between runs", "right"),
        ("Between processes", "right"),
        (f"Visible with {noise.processes} processes a side", "right"),
    ]
    word = "quiet" if noise.quiet else "busy: close other programs, or measure elsewhere"
    known = [
        f"{label} {noise.conditions[name]:{form}}"
        for name, label, form in (
            ("load_average", "load", ".2f"),
            ("frequency_mhz", "MHz", ".0f"),
            ("temperature_c", "degrees Celsius", ".0f"),
            ("throttle_events", "times slowed down for heat", ".0f"),
        )
        if noise.conditions.get(name) is not None
    ]
    notes = [
        f"The machine is {word}. Others took {noise.foreign:.1%} of the core, this process waited "
        f"{noise.waiting:.1%} of the time and was interrupted {noise.switches_per_s:.0f} times a "
        "second.",
        f"At the end: {', '.join(known)}.",
        "Between runs: median absolute deviation within a process. Visible: the smallest slow-down "
        "that a comparison sees four times in five.",
    ]
    return render_table(Table("Noise", columns, rows, notes), "##")


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
        "Runtime",
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
