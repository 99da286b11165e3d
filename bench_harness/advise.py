"""From records to a choice: which backend, for a kernel, a size and a number of calls.

The whole of what a caller pays counts: import and start of the backend, the first call with its
compilation, and every call after it. What is not verified is not recommended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness.costs import (
    Cost,
    Overtaking,
    Series,
    best_by_calls,
    growth,
    interpolated,
    measured,
    overtakings,
    size_series,
)
from bench_harness.errors import ConfigurationError, NothingComparableError, UnknownNameError
from bench_harness.model import BROKEN, CaseResult, RunRecord
from bench_harness.stats.estimates import Estimate
from bench_harness.stats.scaling import MIN_SIZES, estimate

CERTAIN = 0.95
"""From this share of resamples on, an order of two backends is called certain."""


@dataclass(frozen=True)
class Advice:
    """The recommendation, and what it rests on.

    Attributes
    ----------
    kernel_id, preset, params, dtype, calls, imported
        The question.
    costs : list of Cost
        Every verified candidate, cheapest first.
    certainty : float
        Share of resamples in which the first of `costs` is the cheapest.
    advantage : Estimate or None
        How many times more the runner-up costs; None with a single candidate.
    by_calls : list of Overtaking
        The best backend as the number of calls grows, from one call on.
    by_size : list of Overtaking
        The fastest per call at the smallest size, and who overtakes it from which size on; empty
        unless several sizes were measured.
    refused : dict of str to str
        Case id -> why it is no candidate.
    processes : int
        The fewest processes behind a candidate; with one, differences between processes are
        unknown and the certainty is that within one process.
    """

    kernel_id: str
    preset: str
    params: Mapping[str, Any]
    dtype: str
    calls: int
    imported: bool
    costs: list[Cost]
    certainty: float
    advantage: Estimate | None
    by_calls: list[Overtaking]
    by_size: list[Overtaking]
    refused: dict[str, str]
    processes: int

    @property
    def best(self) -> Cost:
        """The recommended backend."""
        return self.costs[0]

    @property
    def certain(self) -> bool:
        """Whether the resamples leave no reasonable doubt about the best."""
        return self.certainty >= CERTAIN


def recommend(
    records: Sequence[RunRecord],
    kernel: str,
    *,
    preset: str | None = None,
    params: Mapping[str, Any] | None = None,
    calls: int = 1000,
    dtype: str = "float64",
    imported: bool = False,
) -> Advice:
    """Recommend a backend for a kernel, a size and a number of calls.

    Parameters
    ----------
    records : sequence of RunRecord
        Of one machine; where a case stands in several, the latest counts.
    kernel : str
        ``"suite/kernel"``.
    preset : str, optional
        A measured preset, as case ids have it; by default ``default``, else the only one.
    params : mapping, optional
        Parameters that differ from the preset's. A size that was not measured is interpolated
        where at least four sizes were, and refused outside them.
    calls : int
        How often the kernel will be called in one process.
    dtype : str
    imported : bool
        Leave out import and initialisation of the backend.

    Returns
    -------
    Advice

    Raises
    ------
    ConfigurationError
        For records of different machines, an unknown kernel or size, or fewer than one call.
    NothingComparableError
        If no case of the question is verified; names each case with its status.
    """
    if calls < 1:
        raise ConfigurationError(f"{calls} calls cannot be planned for: give at least 1.")
    results = [r for r in _latest(records) if r.case.kernel_id == kernel]
    if not results:
        known = {r.case.kernel_id for record in records for r in record.results}
        raise UnknownNameError("kernel", kernel, known)
    same_type = [r for r in results if r.case.dtype == dtype]
    if not same_type:
        raise UnknownNameError(f"dtype of {kernel}", dtype, {r.case.dtype for r in results})
    wanted, label = _wanted(same_type, preset, params or {})
    costs, refused, processes = _costs(same_type, wanted)
    if not costs:
        listed = "; ".join(f"{case_id}: {why}" for case_id, why in refused.items())
        raise NothingComparableError(
            f"No verified case of {kernel} ({label}, {dtype}) is in these records, and what is not "
            f"verified is not recommended. {listed or 'None was measured.'}"
        )
    costs.sort(key=lambda cost: cost.total(calls, imported).point)
    totals = np.array([cost.drawn_total(calls, imported) for cost in costs])
    return Advice(
        kernel_id=kernel,
        preset=label,
        params=wanted,
        dtype=dtype,
        calls=calls,
        imported=imported,
        costs=costs,
        certainty=float(np.mean(totals.argmin(axis=0) == 0)),
        advantage=_advantage(costs, calls, imported),
        by_calls=best_by_calls(costs, imported),
        by_size=_best_by_size(same_type, wanted),
        refused=refused,
        processes=processes,
    )


def _latest(records: Sequence[RunRecord]) -> Iterable[CaseResult]:
    """Return every case once, from the record that started last; of one machine only."""
    machines = {(r.environment.host, r.environment.cpu.model) for r in records}
    if len(machines) > 1:
        listed = ", ".join(f"{host} ({cpu})" for host, cpu in sorted(machines))
        raise ConfigurationError(
            f"The records are of {len(machines)} machines: {listed}. Advice holds for one machine: "
            "give the records of one."
        )
    threads = {record.config.threads for record in records}
    if len(threads) > 1:
        raise ConfigurationError(
            f"The records were measured with different numbers of threads: {sorted(threads)}. "
            "Give the records of the number that the program will use."
        )
    found: dict[str, CaseResult] = {}
    for record in sorted(records, key=lambda record: record.started_at):
        found.update((result.case.id, result) for result in record.results)
    return found.values()


def _wanted(
    results: Sequence[CaseResult], preset: str | None, params: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return all parameters of the question, and how to name them."""
    presets = {result.case.preset: dict(result.case.params) for result in results}
    if preset is None:
        whole = [name for name in presets if ":" not in name]
        preset = "default" if "default" in presets else (whole or [*presets])[0]
        if preset != "default" and not params and len(presets) > 1:
            raise ConfigurationError(
                f"{results[0].case.kernel_id} was measured at several sizes: {', '.join(presets)}. "
                "Choose one with --preset, or a size with --set."
            )
    if preset not in presets:
        raise UnknownNameError("preset", preset, presets)
    base = presets[preset]
    for name in params:
        if name not in base:
            raise UnknownNameError(f"parameter of {results[0].case.kernel_id}", name, base)
    changes = ",".join(f"{name}={value}" for name, value in params.items())
    name = preset.partition(":")[0]
    return {**base, **params}, f"{name}:{changes}" if changes else preset


def _costs(
    results: Sequence[CaseResult], wanted: Mapping[str, Any]
) -> tuple[list[Cost], dict[str, str], int]:
    """Return the cost of every verified backend, why others are none, and the processes."""
    exact = [result for result in results if dict(result.case.params) == dict(wanted)]
    refused = {result.case.id: _why_not(result) for result in exact if not _usable(result)}
    usable = [result for result in exact if _usable(result)]
    processes = min((len(result.measurements) for result in usable), default=0)
    if exact:
        return [measured(result) for result in usable], refused, processes
    refused = {r.case.id: _why_not(r) for r in results if r.status in BROKEN}
    name, series = _series(results, wanted)
    costs = [interpolated(of_backend, name, wanted[name]) for of_backend in series.values()]
    return costs, refused, min(len(r.measurements) for rs in series.values() for r in rs)


def _usable(result: CaseResult) -> bool:
    return result.status == "ok" and bool(result.measurements)


def _why_not(result: CaseResult) -> str:
    return result.status + (f" ({result.reason})" if result.reason else "")


def _series(results: Sequence[CaseResult], wanted: Mapping[str, Any]) -> tuple[str, Series]:
    """Return the verified results of every backend that differ from the question in one size."""
    name, series = size_series(results, wanted)
    series = {
        key: of_backend
        for key, of_backend in series.items()
        if min(r.case.params[name] for r in of_backend) <= wanted[name]
        and wanted[name] <= max(r.case.params[name] for r in of_backend)
    }
    if not series:
        asked = ", ".join(f"{key}={value}" for key, value in wanted.items())
        measured = "; ".join(dict.fromkeys(result.case.preset for result in results))
        raise ConfigurationError(
            f"{results[0].case.kernel_id} was not measured at {asked}, nor at {MIN_SIZES} sizes "
            f"around it to interpolate between. Measured: {measured}. Measure it: bench-harness "
            f"run {results[0].case.kernel_id} --set NAME=VALUE,..."
        )
    return name, series


def _best_by_size(results: Sequence[CaseResult], wanted: Mapping[str, Any]) -> list[Overtaking]:
    """Return where backends overtake the one that is fastest at the smallest size."""
    name, series = size_series(results, wanted)
    return overtakings({key: growth(of_backend, name) for key, of_backend in series.items()})


def _advantage(costs: Sequence[Cost], calls: int, imported: bool) -> Estimate | None:
    if len(costs) < 2:
        return None
    best, second = costs[0], costs[1]
    ratios = second.drawn_total(calls, imported) / best.drawn_total(calls, imported)
    point = second.total(calls, imported).point / best.total(calls, imported).point
    return estimate(point, ratios)
