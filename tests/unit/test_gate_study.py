"""The study behind ``reports/gate.md`` on made-up processes: it counts what is there."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.gate_study import redraw, report, rules, runs
from tests.gate_study.cases import GATED, NATIVE
from tests.gate_study.data import Pool, Process


def pool(noise: float = 0.003, selectors: tuple[str, ...] = GATED) -> Pool:
    """Return 40 processes of every case, with one in five on a slowed core."""
    rng = random.Random(1)

    def process() -> Process:
        pace = 1.4 if rng.random() < 0.2 else 1.0
        level = 50 * pace * (1 + noise * rng.gauss(0, 1))
        means = [level * (1.05 + 0.01 * rng.random()) for _ in range(10)]
        return Process(130 * pace, level, 1.05 * level, means)

    return {selector: [process() for _ in range(40)] for selector in selectors}


def test_redrawn_gates_are_green_on_equal_sides_and_find_what_is_planted() -> None:
    assert not any(slower for slower, *_ in redraw.gates(pool(), 5, {}))
    one = GATED[0]
    found = redraw.gates(pool(selectors=(one,)), 10, {one: 0.05})
    assert sum(one in slower for slower, *_ in found) >= 9


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)
def test_rules_see_the_double_and_not_the_same(rule: rules.Rule) -> None:
    quiet = {GATED[0]: [Process(1.0, 50.0, 50.0, [50 + 0.01 * (i % 7) for i in range(10)])]}
    assert not any(redraw.alarms(rule, quiet, 5)[GATED[0]])
    assert all(redraw.alarms(rule, quiet, 5, effect=1.0)[GATED[0]])


@pytest.mark.slow
def test_the_page_counts_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "PAGE", tmp_path / "gate.md")
    monkeypatch.setattr(report, "DRAWS", 3)
    monkeypatch.setattr(report, "PLANTED_DRAWS", 2)
    case = {"verdict": "regressed", "ratio": 1.06, "used": [7, 7], "could_see": 0.01}
    cost = {"duration_s": 30.0, "processes": 80}
    made_up = [
        {"slowed": {}, "code": 0, "cases": {}, **cost},
        {"slowed": {GATED[0]: 5}, "code": 3, "cases": {GATED[0]: case}, **cost},
    ]
    report.write({"machine": "a machine", "pool": pool(), "runs": made_up})
    page = (tmp_path / "gate.md").read_text()
    assert "0 of 1 (0.0% to 97.5%)" in page
    assert "1 of 1 (2.5% to 100.0%)" in page
    assert "5 %: +6.0% regressed" in page


def test_runs_are_mixed_and_complete() -> None:
    schedule = runs.schedule(equal=40, planted=8)
    assert len({run.name for run in schedule}) == len(schedule) == 48
    assert [bool(run.slowed) for run in schedule[:16]] == [True, False] * 8
    planted = Counter((run.slowed[case], case) for run in schedule for case in run.slowed)
    assert {case: planted[10, case] for case in GATED} == dict.fromkeys(GATED, 3)
    assert {planted[5, case] for case in NATIVE} == {2, 3}
    assert len(planted) == len(GATED) + len(NATIVE)
