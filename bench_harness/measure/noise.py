"""Signs that something else was running while a case was measured."""

from __future__ import annotations

from bench_harness.model import Measurement

MAX_FOREIGN_SHARE = 0.05
"""Share of the cores' time that others may take. The spread of the samples is no sign of
contention: beside one busy core, a kernel on two threads reads 2.5 times slow at a spread under
1 %. Nor are involuntary switches, of which JAX's own threads cause thousands a second."""

MIN_FOREIGN_S = 0.05
"""CPU time is counted in ticks of 10 ms on each core; less than this is chance."""


def contention_warnings(measurement: Measurement, threads: int) -> list[str]:
    """Return a warning with its remedy where the timed runs did not have the cores to themselves.

    Parameters
    ----------
    measurement : Measurement
    threads : int
        Threads the case was given.
    """
    wall, foreign = measurement.wall_time_s, measurement.foreign_cpu_s
    warnings = []
    if foreign is not None and foreign > max(MIN_FOREIGN_S, MAX_FOREIGN_SHARE * wall * threads):
        warnings.append(
            f"contended: other programs used {foreign / (wall * threads):.0%} of the cores during "
            "the timed runs; close them and measure again"
        )
    if wall > MIN_FOREIGN_S and measurement.cpu_time_s / wall > threads * 1.1 + 0.1:
        warnings.append(
            f"used {measurement.cpu_time_s / wall:.1f} cores where {threads} were asked for "
            "(--threads); compare with care"
        )
    return warnings
