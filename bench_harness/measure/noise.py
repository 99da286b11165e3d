"""Signs that something else was running while a case was measured."""

from __future__ import annotations

from bench_harness.model import Measurement

MAX_SWITCHES_PER_S = 150.0
"""A quiet machine takes the processor away some tens of times a second, a contended one
hundreds of times; a spread under 1 % can hide a slow-down of 2.5 times, so the spread of the
samples is no sign."""

MIN_CPU_SHARE = 0.8
MIN_WALL_S = 0.02
"""Shorter than this, both signs are a matter of chance."""


def contention_warnings(measurement: Measurement, threads: int) -> list[str]:
    """Return a warning with its remedy where the timed runs did not have the cores to themselves.

    Parameters
    ----------
    measurement : Measurement
    threads : int
        Threads the case was given.
    """
    wall = measurement.wall_time_s
    if wall < MIN_WALL_S:
        return []
    switches = measurement.involuntary_switches
    remedy = "close other programs and measure again"
    warnings = []
    if switches is not None and switches / wall > MAX_SWITCHES_PER_S * threads:
        warnings.append(
            f"contended: the processor was taken away {switches / wall:.0f} times a second "
            f"during the timed runs; {remedy}"
        )
    share = measurement.cpu_time_s / wall
    if threads == 1 and share < MIN_CPU_SHARE and not measurement.device_peak_bytes:
        warnings.append(
            f"contended: the process had the processor {share:.0%} of the time; {remedy}"
        )
    if share > threads * 1.1 + 0.1:
        warnings.append(
            f"used {share:.1f} cores where {threads} were asked for (--threads); compare with care"
        )
    return warnings
