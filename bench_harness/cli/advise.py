"""``bench-harness advise``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench_harness import store, units
from bench_harness.advise import Advice, recommend
from bench_harness.cli.changes import parse_changes
from bench_harness.costs import Cost, Overtaking
from bench_harness.errors import ConfigurationError
from bench_harness.report.markdown import render_table
from bench_harness.report.scaling import by_size_sentence
from bench_harness.report.table import Align, Table
from bench_harness.stats.estimates import Estimate


@click.command()
@click.argument(
    "records", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--kernel", required=True, metavar="SUITE/KERNEL", help="What is to be computed.")
@click.option(
    "--calls",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="How often, in one process.",
)
@click.option("--preset", metavar="NAME", help="A measured size. [default: default]")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="A size of your own: measured, or between four measured ones. May be given again.",
)
@click.option("--dtype", default="float64", show_default=True, help="Type of the inputs.")
@click.option(
    "--imported",
    is_flag=True,
    help="The program has the backend loaded already: leave out its import and start.",
)
def command(
    records: tuple[Path, ...],
    kernel: str,
    calls: int,
    preset: str | None,
    changes: tuple[str, ...],
    dtype: str,
    imported: bool,
) -> None:
    """Recommend a backend for a kernel, a size and a number of calls, from records.

    Import, first call and steady state count. Only verified cases are candidates.

    \b
    Examples:
      bench-harness advise results/run.json --kernel md/inertia_tensor --calls 100
      bench-harness run kde/gaussian --set points=1000,3000,10000,30000 --output kde.json
      bench-harness advise kde.json --kernel kde/gaussian --set points=20000 --calls 5
    """
    loaded = [store.load(path) for path in records]
    params = _params(changes)
    advice = recommend(
        loaded,
        kernel,
        preset=preset,
        params=params,
        calls=calls,
        dtype=dtype,
        imported=imported,
    )
    click.echo(render_table(advice_table(advice)))


def _params(changes: tuple[str, ...]) -> dict[str, Any]:
    """Return the one value of every --set."""
    params = {}
    for name, values in parse_changes(changes).items():
        if len(values) != 1:
            raise ConfigurationError(f"--set {name}: advice is for one value, not {len(values)}.")
        params[name] = values[0]
    return params


def advice_table(advice: Advice) -> Table:
    """Return the candidates, cheapest first, and in notes the choice and when it changes."""
    best = advice.best.total(advice.calls, advice.imported).point
    rows = [_row(cost, advice, best) for cost in advice.costs]
    start: list[tuple[str, Align]] = [] if advice.imported else [("Import and Start [ms]", "right")]
    return Table(
        title=f"{advice.kernel_id}/{advice.preset} ({advice.dtype}), {_calls(advice.calls)}",
        columns=[
            ("Backend", "left"),
            *start,
            ("First Call [ms]", "right"),
            ("Each Later Call [ms]", "right"),
            ("Total [ms]", "right"),
            ("Total 95 % [ms]", "right"),
            ("Times the Best", "right"),
        ],
        rows=rows,
        notes=_sentences(advice),
    )


def _row(cost: Cost, advice: Advice, best_s: float) -> list[str]:
    total = cost.total(advice.calls, advice.imported)
    start = [] if advice.imported else [units.milliseconds(cost.start_s)]
    return [
        f"`{cost.name}`" + (" (interpolated)" if cost.fitted else ""),
        *start,
        units.milliseconds(cost.first_s),
        units.milliseconds(cost.steady_s),
        units.milliseconds(total.point),
        _span(total),
        units.ratio(total.point / best_s),
    ]


def _span(total: Estimate) -> str:
    return f"{units.milliseconds(total.low)} to {units.milliseconds(total.high)}"


def _calls(calls: int) -> str:
    return f"{calls:,} call{'s' if calls > 1 else ''}"


def _sentences(advice: Advice) -> list[str]:
    lines = [_choice(advice), _by_calls(advice.by_calls)]
    if len(advice.by_size) > 1:
        lines.append(by_size_sentence(advice.by_size, "size"))
    if advice.processes == 1:
        lines.append(
            "Each case was measured in one process, so how much processes differ is unknown; "
            "measure with --processes 5 for a certainty that includes it."
        )
    lines += [f"Not a candidate: {case_id}: {why}" for case_id, why in advice.refused.items()]
    return lines


def _choice(advice: Advice) -> str:
    name = f"`{advice.best.name}`"
    if advice.advantage is None:
        return f"Use {name}: the only verified candidate."
    second = f"`{advice.costs[1].name}`"
    ratio = advice.advantage
    span = f"{units.ratio(ratio.low)} to {units.ratio(ratio.high)}"
    if advice.certain:
        return (
            f"Use {name}: {second}, the next, costs {units.ratio(ratio.point)} as much "
            f"(95 %: {span}); first in {advice.certainty:.0%} of resamples."
        )
    return (
        f"{name} or {second}: the samples do not tell them apart (ratio {span}; {name} is first "
        f"in {advice.certainty:.0%} of resamples)."
    )


def _by_calls(path: list[Overtaking]) -> str:
    parts = [f"`{path[0].name}` from the first call"]
    parts += [f"`{step.name}` from {int(step.start):,} calls on" for step in path[1:]]
    return "Cheapest: " + ", ".join(parts) + "."
