"""What a backend costs its caller: its start, its first call, and every later one.

Each part is resampled, so that sums, differences and orders of costs have intervals too.
Processes whose core a neighbour slowed do not count.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench_harness.model import CaseResult, Measurement
from bench_harness.stats.estimates import Estimate, median
from bench_harness.stats.scaling import MIN_SIZES, Array, Fit, crossover, estimate, fit
from bench_harness.summary import counted

DRAWS = 1000
"""Resamples of every cost."""

CLOCK_S = 1e-9
"""What a part that took no time counts as: a fit of relative errors needs more than 0."""


@dataclass(frozen=True)
class Cost:
    """What one backend costs.

    Attributes
    ----------
    name : str
        Backend with its variant, and where it ran if not on the CPU: ``"torch.compile"``,
        ``"torch/cuda"``.
    start_s, first_s, steady_s : float
        Import and initialisation; first call; every later call. Seconds.
    draws : ndarray, shape (3, r)
        The same three, resampled.
    fitted : bool
        Interpolated between measured sizes, not measured at this one.
    """

    name: str
    start_s: float
    first_s: float
    steady_s: float
    draws: Array = field(repr=False)
    fitted: bool = False

    def total(self, calls: int, imported: bool = False) -> Estimate:
        """Return the seconds that so many calls take, the backend's start included.

        Parameters
        ----------
        calls : int
        imported : bool
            Leave out import and initialisation: the program has the backend already.
        """
        fixed = self.first_s + (0.0 if imported else self.start_s)
        drawn = self.drawn_total(calls, imported)
        return estimate(fixed + (calls - 1) * self.steady_s, drawn)

    def drawn_total(self, calls: int, imported: bool = False) -> Array:
        """Return the seconds of every resample; shape (r,)."""
        start, first, steady = self.draws
        drawn: Array = first + (calls - 1) * steady + (0.0 if imported else start)
        return drawn


@dataclass(frozen=True)
class Overtaking:
    """From a number of calls, or from a size on, another backend is the best."""

    name: str
    start: float
    interval: Estimate | None = None


def best_by_calls(costs: Sequence[Cost], imported: bool = False) -> list[Overtaking]:
    """Return which backend is the cheapest from how many calls on: the lower envelope of lines."""

    def fixed(cost: Cost) -> float:
        return cost.total(1, imported).point

    best = min(costs, key=lambda cost: (fixed(cost), cost.steady_s))
    path = [Overtaking(best.name, 1)]
    calls = 1
    while True:
        overtakers = [
            (calls_to_overtake(best, other, imported), other.steady_s, other)
            for other in costs
            if other.steady_s < best.steady_s
        ]
        if not overtakers:
            return path
        at, _, best = min(overtakers, key=lambda entry: entry[:2])
        calls = max(calls, at)
        if calls == path[-1].start:
            path.pop()
        path.append(Overtaking(best.name, calls))


def calls_to_overtake(cost: Cost, other: Cost, imported: bool = False) -> int:
    """Return the first number of calls at which `other`, the faster per call, costs less."""
    behind = other.total(1, imported).point - cost.total(1, imported).point
    return 1 if behind < 0 else 2 + int(behind / (cost.steady_s - other.steady_s))


def backend_name(result: CaseResult) -> str:
    """Return ``"torch.compile"``, or ``"torch/cuda"`` off the CPU."""
    case = result.case
    return case.label if case.device == "cpu" else f"{case.label}/{case.device}"


Seconds = Callable[[Measurement], float]


def start_s(measurement: Measurement) -> float:
    """Return the seconds of import and initialisation."""
    return (measurement.import_s or 0.0) + (measurement.init_s or 0.0)


def first_s(measurement: Measurement) -> float:
    """Return the seconds of the first call."""
    return measurement.first_call_s or 0.0  # unknown in imported records only, never verified


def steady_s(measurement: Measurement) -> float:
    """Return the median seconds of a timed call."""
    return float(np.median(measurement.times_s))


def measured(result: CaseResult) -> Cost:
    """Return what a measured case costs."""
    start, first, steady = (
        median([[part(m)] for m in counted(result)]) for part in (start_s, first_s, steady_s)
    )
    draws = np.array([_draws(result, part) for part in (start_s, first_s, steady_s)])
    return Cost(backend_name(result), start, first, steady, draws)


def interpolated(results: Sequence[CaseResult], name: str, size: float) -> Cost:
    """Return the cost at a size `name` between those that one backend was measured at."""
    fits = [growth(results, name, part) for part in (start_s, first_s, steady_s)]
    start, first, steady = (fitted.at(size).point for fitted in fits)
    draws = np.array([fitted.drawn_at(size) for fitted in fits])
    return Cost(backend_name(results[0]), start, first, steady, draws, fitted=True)


def _draws(result: CaseResult, seconds: Seconds) -> Array:
    """Resample processes, and for the steady state the runs within them; shape (r,)."""
    # The parts of one cost are of the same processes; two backends' processes are not paired.
    rng = np.random.default_rng(zlib.crc32(result.case.id.encode()))
    measurements = counted(result)
    chosen = rng.integers(len(measurements), size=(DRAWS, len(measurements)))
    if seconds is not steady_s:
        values = np.array([seconds(m) for m in measurements])
        drawn: Array = np.median(values[chosen], axis=1)
        return drawn
    medians = np.array([_resampled_medians(m.times_s, rng) for m in measurements])
    steady: Array = np.median(medians[chosen, np.arange(DRAWS)[:, None]], axis=1)
    return steady


def _resampled_medians(times: Sequence[float], rng: np.random.Generator) -> Array:
    values = np.asarray(times)
    medians: Array = np.median(values[rng.integers(values.size, size=(DRAWS, values.size))], axis=1)
    return medians


def growth(results: Sequence[CaseResult], name: str, seconds: Seconds = steady_s) -> Fit:
    """Fit how a part of the cost of one backend grows with its parameter `name`."""
    sizes = [float(result.case.params[name]) for result in results]
    points = np.array([median([[seconds(m)] for m in counted(result)]) for result in results])
    draws = np.array([_draws(result, seconds) for result in results])
    return fit(sizes, np.maximum(points, CLOCK_S), np.maximum(draws, CLOCK_S))


Series = dict[str, list[CaseResult]]
"""Backend -> its verified results at several sizes."""


def size_series(results: Sequence[CaseResult], params: Mapping[str, Any]) -> tuple[str, Series]:
    """Return the parameter that verified results of one kernel vary in, and them by backend.

    Parameters
    ----------
    results : sequence of CaseResult
        Of one kernel and dtype.
    params : mapping
        Where they agree but for one number, the size.

    Returns
    -------
    str, dict
        The name of the size, and the backends measured at `MIN_SIZES` sizes or more; an empty
        dict if there are none.
    """
    numeric = [name for name, value in params.items() if _is_number(value)]
    found = [(name, _varying(results, params, name)) for name in numeric]
    return max(found, key=lambda entry: len(entry[1]), default=("", {}))


def _varying(results: Sequence[CaseResult], params: Mapping[str, Any], name: str) -> Series:
    others = {key: value for key, value in params.items() if key != name}
    series: Series = {}
    for result in results:
        rest = dict(result.case.params)
        size = rest.pop(name, None)
        verified = result.status == "ok" and result.measurements
        if verified and rest == others and _is_number(size) and size > 0:
            series.setdefault(backend_name(result), []).append(result)
    return {
        key: of_backend
        for key, of_backend in series.items()
        if len({result.case.params[name] for result in of_backend}) >= MIN_SIZES
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def overtakings(fits: Mapping[str, Fit]) -> list[Overtaking]:
    """Return who is the fastest per call at the smallest size, and who overtakes it where."""
    if len(fits) < 2:
        return []
    low = max(fitted.low for fitted in fits.values())
    first = min(fits, key=lambda name: fits[name].at(low).point)
    path = [Overtaking(first, low)]
    for name, fitted in fits.items():
        crossing = crossover(fits[first], fitted) if name != first else None
        if crossing is not None and crossing.size is not None:
            path.append(Overtaking(name, crossing.size.point, crossing.size))
    return sorted(path, key=lambda entry: entry.start)
