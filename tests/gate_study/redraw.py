"""Gates and other tools' decisions re-drawn from the pool: every process is drawn at random.

The gate is the gate's own code, with sides that answer from the pool. A planted slow-down
multiplies the times of one case of head.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_harness.compare import Limits
from bench_harness.gate import Contest, Gate
from bench_harness.measure.scratch import Scratch
from bench_harness.model import Case, CaseResult, Measurement
from bench_harness.stats.sequential import Plan
from tests.gate_study.data import Pool, Process
from tests.gate_study.rules import Rule

LIMITS = Limits(0.03)


class _Planned:
    runs = is_reference = True


class _Journal:
    def append(self, result: CaseResult) -> None:
        """Keep nothing."""


@dataclass
class _Side:
    """Answers from the pool."""

    pool: Pool
    rng: random.Random
    effects: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cases = {f"{selector}/cpu/float64": _Planned() for selector in self.pool}
        self.results: dict[str, CaseResult] = {}
        self.groups: Sequence[Any] = ()
        self.journal = _Journal()

    def scratch_of(self, case_id: str) -> Scratch:
        return Scratch(Path(), reference=Path())

    def measure(self, case_id: str) -> CaseResult:
        selector = case_id.removesuffix("/cpu/float64")
        drawn = self.rng.choice(self.pool[selector])
        fastest = drawn.fastest * (1 + self.effects.get(selector, 0.0))
        suite, kernel, preset, backend = selector.split("/")
        case = Case(suite=suite, kernel=kernel, preset=preset, params={}, backend=backend)
        measurement = Measurement.model_construct(times_s=[fastest], probe_s=drawn.probe)
        return CaseResult.model_construct(case=case, status="ok", measurements=[measurement])


class _Silent:
    def stage_started(self, name: str, cases: int) -> None: ...

    def process_finished(self, case_id: str, side: str, result: CaseResult) -> None: ...

    def case_decided(self, contest: Contest) -> None: ...


class _PoolGate(Gate):
    def comparison(self) -> Any:
        """Return the confirmed cases, the suspects, and how many processes it took."""
        slower = {
            c.case_id.removesuffix("/cpu/float64") for c in self._suspects if c.state == "slower"
        }
        measured = sum(len(r.measurements) for s in self._sides for r in s.results.values())
        return slower, len(self._suspects), measured


def gates(pool: Pool, draws: int, effects: dict[str, float], seed: int = 0) -> list[Any]:
    """Return what so many gates found."""
    rng = random.Random(seed)
    return [
        _PoolGate(
            _Side(pool, rng),  # type: ignore[arg-type]
            _Side(pool, rng, effects),  # type: ignore[arg-type]
            LIMITS,
            Plan(),
            _Silent(),
            seed=draw,
        ).run()
        for draw in range(draws)
    ]


def alarms(
    rule: Rule, pool: Pool, draws: int, effect: float = 0.0, seed: int = 0
) -> dict[str, list[bool]]:
    """Return, for each case, whether a rule called head slower, draw by draw."""
    rng = random.Random(seed)
    return {
        selector: [
            rule.is_slower(
                _drawn(processes, rule.processes, 1.0, rng),
                _drawn(processes, rule.processes, 1 + effect, rng),
            )
            for _ in range(draws)
        ]
        for selector, processes in pool.items()
    }


def _drawn(
    processes: list[Process], count: int, factor: float, rng: random.Random
) -> list[Process]:
    drawn = [rng.choice(processes) for _ in range(count)]
    return [
        found._replace(
            fastest=found.fastest * factor, means=[mean * factor for mean in found.means]
        )
        for found in drawn
    ]
