"""Signs in a measurement that its times are not the kernel's own."""

from __future__ import annotations

import math

from bench_harness.model import Measurement

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


def measurement_warnings(measurement: Measurement, threads: int) -> list[str]:
    """Return a warning, with its remedy, for each thing that makes the times doubtful.

    Parameters
    ----------
    measurement : Measurement
    threads : int
        Threads the case was given.
    """
    wall, foreign = measurement.wall_time_s or 0.0, measurement.foreign_cpu_s
    cpu = measurement.cpu_time_s or 0.0
    warnings = []
    # To the next tenth, so that the same trouble reads the same for every case.
    share = math.ceil(10 * (foreign or 0.0) / (wall * threads)) / 10 if wall else 0.0
    if foreign is not None and foreign > max(MIN_FOREIGN_S, MAX_FOREIGN_SHARE * wall * threads):
        warnings.append(
            f"contended: other programs used up to {share:.0%} of the cores during "
            "the timed runs; close them and measure again"
        )
    if wall > MIN_FOREIGN_S and cpu / wall > threads * 1.1 + 0.1:
        warnings.append(
            f"used {cpu / wall:.1f} cores where {threads} were asked for "
            "(--threads); compare with care"
        )
    steady = measurement.steady_state
    if steady is not None and not steady.settled:
        warnings.append(
            f"never settled ({steady.kind}: {steady.detail}), so no single number is shown; "
            f"{REMEDIES.get(steady.kind, REMEDY)}"
        )
    elif steady is not None and steady.kind == "warm-up":
        warnings.append(
            f"still warming up: {steady.detail}; give at least "
            f"{len(measurement.warmup_times_s) + steady.steady_from} --warmup-runs"
        )
    if measurement.compilations_in_steady_state:
        warnings.append(
            f"compiled {measurement.compilations_in_steady_state} programs during the timed runs: "
            "something in the call is new each time (a shape, a static value, a function made anew)"
        )
    return warnings
