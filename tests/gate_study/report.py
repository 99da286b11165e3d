"""The data -> ``reports/gate.md``. Every number on the page is computed here."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
from tabulate import tabulate

from bench_harness.stats.pace import choose, usual_pace
from tests.gate_study import redraw
from tests.gate_study import runs as runs_module
from tests.gate_study.cases import EFFECTS, GATED, NATIVE, PYTHON
from tests.gate_study.data import Pool, Process
from tests.gate_study.rules import RULES

PAGE = Path(__file__).resolve().parents[2] / "reports/gate.md"
DRAWS = 1000
PLANTED_DRAWS = 200
AIMS = (
    (10, "all", GATED, "at least 95 %"),
    (10, "native", NATIVE, ""),
    (10, "pure Python", PYTHON, ""),
    (5, "native", NATIVE, "at least 80 %"),
)


def write(data: dict[str, Any]) -> None:
    """Write the page."""
    pool: Pool = data["pool"]
    equal = redraw.gates(pool, DRAWS, {})
    planted = {
        (selector, effect): redraw.gates(
            {selector: pool[selector]}, PLANTED_DRAWS, {selector: effect / 100}, seed=effect
        )
        for selector in pool
        for effect in EFFECTS
    }
    runs = data["runs"]
    parts = [
        HEAD.format(machine=data["machine"], processes=min(map(len, pool.values()))),
        "## Result\n",
        _table(
            [
                "",
                "Aim",
                "Real gate runs",
                f"Re-drawn from the pool ({DRAWS:,} gates; planted: {PLANTED_DRAWS} a case)",
            ],
            _results(runs, equal, planted),
        ),
        _cost(runs, equal) + _before(data.get("before", [])),
        "## The noise\n",
        NOISE,
        _table(
            [
                "Case",
                "Median of runs",
                "Fastest run",
                "Fastest, core at its usual pace",
                "Left out",
            ],
            [_noise(selector, found) for selector, found in pool.items()],
            "lrrrr",
        ),
        "## Case by case\n",
        "Share found of planted slow-downs, re-drawn; and the planted slow-downs in real runs, as "
        "the gate measured them.\n",
        _table(
            ["Case", "5 %", "10 %", "Real runs: planted, measured, verdict"],
            [_case(selector, planted, runs) for selector in pool],
            "lrrl",
        ),
        "## The same processes, judged by the rules of other tools\n",
        RULES_TEXT,
        _table(
            [
                "Rule",
                "Processes a side",
                "False alarms, a case",
                f"Red, {len(pool)} equal cases",
                "5 % found",
                "10 % found",
            ],
            [*_rules(pool), _own(equal, planted, pool)],
            "lrrrrr",
        ),
        "\n".join(f"* {rule.name}: {rule.source}." for rule in RULES) + "\n",
        TAIL,
    ]
    PAGE.write_text("\n".join(parts))


HEAD = """# How often the gate is wrong

`bench-harness gate` on {machine},
whose hardware is shared with other virtual machines. The gate ran on one core, which it shared at
times with other work; the other core was busy, at times with a second gate. Six native and
two pure-Python cases, `tests/gate_study/cases.py`, 20 to 370 µs a call, one thread.

Two kinds of evidence. **Real runs**: the command as a user calls it, in a repository made for the
purpose, on two equal revisions, or on a head with five slowed kernels: three by 10 % and two native
ones by 5 %, each by a loop in front of it, whose length is measured beside the kernel's own work.
Each is an effect to be found on its own. Five suspects share the false alarms that are let pass, so
each is harder to find than it would be alone. **Re-drawn**: the gate's own code, with processes
drawn at random from a pool, which is all processes of the real runs that ran the code as it is,
{processes} or more a case; planted slow-downs multiply the times, one case at a time.
"""

NOISE = """Standard deviation of the logarithm of a process's time over the processes of the pool:
how far two processes of the same code differ. The last column but one is what the gate goes by.
"""

RULES_TEXT = """Each rule takes as many processes as its tool does by default, drawn at random from
the pool. Red: at least one of eight equal cases is called slower. The tools' own loops run longer
in each process than ours do (pyperf takes 0.3 s, pytest-benchmark up to 1 s), which averages short
disturbances away; what lasts longer than a process it does not.
"""

TAIL = """## How to repeat it

```
python -m tests.gate_study runs FOLDER        # real gate runs; goes on where it was stopped
python -m tests.gate_study compact FOLDER --machine NAME
python -m tests.gate_study report
```

The data are in `results/reports/gate.json`. How the gate decides is in
[docs/gate.md](../docs/gate.md).
"""


def _results(runs: Sequence[Any], equal: Sequence[Any], planted: Any) -> list[list[str]]:
    real = [run for run in runs if not run["slowed"]]
    rows = [
        [
            "Red though nothing changed",
            "at most 1 %",
            _share(sum(run["code"] != 0 for run in real), len(real)),
            _share(sum(bool(slower) for slower, *_ in equal), len(equal)),
        ]
    ]
    for effect, kind, selectors, aim in AIMS:
        found = [
            selector in slower for selector in selectors for slower, *_ in planted[selector, effect]
        ]
        tried = [
            run["cases"][selector]["verdict"] == "regressed"
            for run in runs
            for selector in selectors
            if run["slowed"].get(selector) == effect
        ]
        rows.append(
            [
                f"Found: {effect} % in {kind} kernels",
                aim,
                _share(sum(tried), len(tried)),
                _share(sum(found), len(found)),
            ]
        )
    others = [
        case["verdict"] == "regressed"
        for run in runs
        if run["slowed"]
        for selector, case in run["cases"].items()
        if selector not in run["slowed"]
    ]
    rows.append(
        ["Equal cases blamed beside a slowed one", "", _share(sum(others), len(others)), ""]
    )
    return rows


def _share(count: int, total: int) -> str:
    """Return a count with its exact 95 % interval (Clopper and Pearson)."""
    if not total:
        return "none"
    interval = scipy.stats.binomtest(count, total).proportion_ci(0.95)
    return f"{count} of {total} ({interval.low:.1%} to {interval.high:.1%})"


def _cost(runs: Sequence[Any], equal: Sequence[Any]) -> str:
    lines = []
    planned = len(runs_module.schedule())
    if len(runs) < planned:
        lines.append(
            f"* **{len(runs)} of {planned} planned real runs were made**; the machine was needed "
            "for other work. What stands under real runs is as weak as its intervals say."
        )
    for kind, chosen in (
        ("equal revisions", [run for run in runs if not run["slowed"]]),
        ("a slowed one", [run for run in runs if run["slowed"]]),
    ):
        if chosen:
            times = [run["duration_s"] for run in chosen]
            processes = [run["processes"] for run in chosen]
            lines.append(
                f"* A gate run on {kind} took {statistics.median(times):.0f} s in the median "
                f"({min(times):.0f} to {max(times):.0f}) and {statistics.median(processes):.0f} "
                f"processes ({min(processes)} to {max(processes)})."
            )
    suspects = sum(count for _, count, _ in equal) / len(equal)
    lines.append(
        f"* Of the re-drawn gates on equal revisions, {suspects:.1%} had a suspect to confirm."
    )
    return "\n".join(lines) + "\n"


def _before(runs: Sequence[Any]) -> str:
    """Tell of runs that took their processes in another way, and judged them alike."""
    if not runs:
        return ""
    equal = [run["code"] != 0 for run in runs if not run["slowed"]]
    tried = [
        (case, run["cases"][case]["verdict"] == "regressed")
        for run in runs
        for case in run["slowed"]
    ]
    missed = dict.fromkeys(f"`{case}`" for case, found in tried if not found)
    return (
        "* Before, a process took 30 runs of 1 ms, and on a slowed core at most half as many "
        "processes were measured on top. The judgement was the same. Of those real runs on equal "
        f"revisions {_share(sum(equal), len(equal))} were red; of slow-downs, one a head, "
        f"{sum(found for _, found in tried)} of {len(tried)} were found. Missed: "
        f"{', '.join(missed)}.\n"
    )


def _noise(selector: str, processes: Sequence[Process]) -> list[str]:
    probes = [each.probe for each in processes]
    kept = choose(probes, usual_pace(probes), 0)
    fastest = [each.fastest for each in processes]
    columns = (
        [each.median for each in processes],
        fastest,
        [fastest[i] for i in kept],
    )
    spreads = [f"{np.std(np.log(values)):.1%}" for values in columns]
    return [f"`{selector}`", *spreads, f"{1 - len(kept) / len(processes):.0%}"]


def _case(selector: str, planted: Any, runs: Sequence[Any]) -> list[str]:
    shares = [
        f"{np.mean([selector in slower for slower, *_ in planted[selector, effect]]):.1%}"
        for effect in EFFECTS
    ]
    real = [
        f"{effect} %: {case['ratio'] - 1:+.1%} {case['verdict']}"
        for effect in EFFECTS
        for run in runs
        if run["slowed"].get(selector) == effect and (case := run["cases"].get(selector))
    ]
    return [f"`{selector}`", *shares, "; ".join(real)]


def _rules(pool: Pool) -> list[list[str]]:
    rows = []
    for rule in RULES:
        found = {
            effect: redraw.alarms(rule, pool, DRAWS if effect == 0 else PLANTED_DRAWS, effect / 100)
            for effect in (0, *EFFECTS)
        }
        red = np.any([*found[0].values()], axis=0)
        shares = {effect: np.mean([*alarms.values()]) for effect, alarms in found.items()}
        rows.append(
            [
                rule.name,
                str(rule.processes),
                f"{shares[0]:.1%}",
                f"{np.mean(red):.1%}",
                *(f"{shares[effect]:.0%}" for effect in EFFECTS),
            ]
        )
    return rows


def _own(equal: Sequence[Any], planted: Any, pool: Pool) -> list[str]:
    alarms = Counter(case for slower, *_ in equal for case in slower)
    found = {
        effect: np.mean([s in slower for s in pool for slower, *_ in planted[s, effect]])
        for effect in EFFECTS
    }
    processes = statistics.median(measured for *_, measured in equal) / len(pool) / 2
    return [
        "**bench-harness gate**",
        f"{processes:.0f} in the median",
        f"{sum(alarms.values()) / len(equal) / len(pool):.2%}",
        f"{np.mean([bool(slower) for slower, *_ in equal]):.1%}",
        *(f"{found[effect]:.0%}" for effect in EFFECTS),
    ]


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], align: str = "") -> str:
    sides = {"l": "left", "r": "right"}
    aligned = [sides[letter] for letter in align or "l" * len(headers)]
    text = tabulate(rows, headers=headers, tablefmt="pipe", colalign=aligned, disable_numparse=True)
    return text + "\n"
