"""Signs in a measurement that its times are not the kernel's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench_harness.model import Measurement, RunConfig
from bench_harness.stats.pace import MAX_SLOWDOWN, at_rest, slowdown

MAX_FOREIGN_SHARE = 0.05
"""Share of the cores' time that others may take. The spread of the samples is no sign of
contention: beside one busy core, a kernel on two threads reads 2.5 times slow at a spread under
1 %. Nor are involuntary switches, of which JAX's own threads cause thousands a second."""

REMEDIES = {
    "quantised": "the scheduler decides when it runs: fewer --threads, or a machine left alone",
    "drift": "more --warmup-runs, and see whether the machine heats up (doctor --noise)",
}
REMEDY = "measure again on a machine left alone (doctor --noise), with more --processes"

MIN_FOREIGN_S = 0.05
"""CPU time is counted in ticks of 10 ms on each core; less than this is chance."""


MAX_WAITING_SHARE = 0.2
"""Beside one busy core it was 0.48 or more for every kernel that suffered; on a quiet machine at
most 0.12, of JAX's seventeen threads on one core."""

MIN_WAITING_S = 2e-3


def contention(measurement: Measurement, threads: int) -> float:
    """Return the share of the case's cores that others took during the timed runs; 0 if quiet.

    Two signs, either of which is enough. CPU time that others spent on these cores is counted in
    ticks, so it needs a run of some length. Threads that were ready and had no core are counted
    in nanoseconds; what a process's own threads took from each other is not counted, since its
    cores were then busy with itself.
    """
    available = (measurement.wall_time_s or 0.0) * threads
    if not available:
        return 0.0
    foreign = measurement.foreign_cpu_s or 0.0
    idle = max(0.0, available - (measurement.cpu_time_s or 0.0))
    waiting = min(measurement.waiting_s or 0.0, idle)
    share = 0.0
    if foreign > max(MIN_FOREIGN_S, MAX_FOREIGN_SHARE * available):
        share = foreign / available
    if waiting > max(MIN_WAITING_S, MAX_WAITING_SHARE * available):
        share = max(share, waiting / available)
    return min(share, 1.0)


@dataclass
class Paces:
    """How fast the core was at its best in a run so far, and who was slower."""

    config: RunConfig
    _best_s: float = math.inf

    def disturbance(self, measurement: Measurement) -> float:
        """Return about how many times others made a process slower; 0 if they left it alone."""
        slower = self._slowdown(measurement)
        taken = contention(measurement, self.config.threads)
        if slower <= MAX_SLOWDOWN and not taken:
            return 0.0
        return slower / (1 - taken) if taken < 1 else math.inf

    def quiet_s(self) -> float | None:
        """Return the slowest pass of a core that counts as left alone; None if not known."""
        return MAX_SLOWDOWN * self._best_s if self._best_s < math.inf else None

    def warnings(self, measurement: Measurement) -> list[str]:
        """Return the warning for a core that was slower than at its best, if it was."""
        slower = self._slowdown(measurement)
        if slower <= MAX_SLOWDOWN:
            return []
        return [
            f"slowed: the core was up to {math.ceil(2 * slower) / 2:g} times slower than at its "
            "best; that is a neighbour on it, maybe in another virtual machine: a higher "
            "--retry-noisy measures it again"
        ]

    def _slowdown(self, measurement: Measurement) -> float:
        pace_s = at_rest(
            measurement.probe_median_s, measurement.probe_s, measurement.probe_rested_s
        )
        if pace_s is None or self.config.jobs > 1:
            return 1.0
        self._best_s = min(pace_s, self._best_s)
        return slowdown(pace_s, self._best_s)


def measurement_warnings(measurement: Measurement, threads: int) -> list[str]:
    """Return a warning, with its remedy, for each thing that makes the times doubtful.

    Parameters
    ----------
    measurement : Measurement
    threads : int
        Threads the case was given.
    """
    wall, cpu = measurement.wall_time_s or 0.0, measurement.cpu_time_s or 0.0
    warnings = []
    share = contention(measurement, threads)
    if share:
        # To the next tenth, so that the same trouble reads the same for every case.
        warnings.append(
            f"contended: other programs used up to {math.ceil(10 * share) / 10:.0%} of the cores "
            "during the timed runs; close them, or give a higher --retry-noisy"
        )
    conditions = measurement.conditions
    if conditions is not None and conditions.throttle_events:
        warnings.append(
            "the processor was slowed down for heat during the timed runs; let it cool, and see "
            "doctor --noise"
        )
    if conditions is not None and conditions.gpu_throttle_reasons:
        reasons = ", ".join(conditions.gpu_throttle_reasons)
        warnings.append(f"the GPU's clock was held down ({reasons}); compare with care")
    if wall > MIN_FOREIGN_S and cpu / wall > threads * 1.1 + 0.1:
        warnings.append(
            f"used {cpu / wall:.1f} cores where {threads} were asked for "
            "(--threads); compare with care"
        )
    steady = measurement.steady_state
    if steady is not None and steady.kind == "warm-up":
        shown = "" if steady.settled else ", so no single number is shown"
        warnings.append(
            f"still warming up: {steady.detail}{shown}; give at least "
            f"{len(measurement.warmup_times_s) + steady.steady_from} --warmup-runs"
        )
    elif steady is not None and not steady.settled:
        warnings.append(
            f"never settled ({steady.kind}: {steady.detail}), so no single number is shown; "
            f"{REMEDIES.get(steady.kind, REMEDY)}"
        )
    if measurement.compilations_in_steady_state:
        warnings.append(
            f"compiled {measurement.compilations_in_steady_state} programs during the timed runs: "
            "something in the call is new each time (a shape, a static value, a function made anew)"
        )
    return warnings
