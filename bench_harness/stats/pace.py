"""Which processes ran on a core that was slowed down, by the pace of a fixed loop.

`bench_harness.measure.pace` has the loop.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

MAX_SLOWER = 0.03
"""The fastest passes of undisturbed processes of a case lie within 1 or 2 % of one another."""


MAX_SLOWDOWN = 1.25
"""A neighbour on the physical core makes a process's median pass 1.5 to 2 times longer."""

MAX_OWN_SLOWDOWN = 1.4
"""Of 82 processes in a quiet hour on a server with AVX-512, whose clock is lowered 1.32 times, none
had passes beyond this between its runs, set against those at rest. A neighbour's go up to 2.5."""


def slowdown(median_s: float | None, best_s: float | None) -> float:
    """Return how many times slower a core was than at its best; 1 if that is not known.

    Parameters
    ----------
    median_s : float or None
        Median pass of the process.
    best_s : float or None
        The best there was in processes like it.
    """
    return median_s / best_s if median_s and best_s else 1.0


def at_rest(
    median_s: float | None, fastest_s: float | None, rested_s: float | None
) -> float | None:
    """Return the median pass of a process as it would be if the case left the core at rest.

    Wide vector instructions lower the clock between the timed runs, and threads that spin after a
    call may share the core, so the paces of different cases are compared at rest. Nothing rests
    slower than it works, and no case slows itself more than `MAX_OWN_SLOWDOWN` times: a longer
    pass is a neighbour's, who came or went in between. Records from before the loop was run at
    rest give the median itself.

    Parameters
    ----------
    median_s, fastest_s : float or None
        Passes between the timed runs.
    rested_s : float or None
        Fastest pass before and after them, at rest.
    """
    if not (median_s and fastest_s and rested_s):
        return median_s
    return median_s / min(max(1.0, fastest_s / rested_s), MAX_OWN_SLOWDOWN)


def not_slowed(medians: Sequence[float | None]) -> list[int]:
    """Return the indices of a case's processes whose core was not slowed beside the others'.

    Parameters
    ----------
    medians : sequence of float or None
        The median pass of each process, in seconds; None tells nothing.
    """
    best = min((probe for probe in medians if probe is not None), default=None)
    return [i for i, probe in enumerate(medians) if slowdown(probe, best) <= MAX_SLOWDOWN]


def usual_pace(probes: Sequence[float]) -> float:
    """Return the pace of undisturbed processes of one case, in seconds for a pass.

    The lower quartile: on most machines most processes are undisturbed, and nothing makes a core
    faster than it is. It is that of a case, since what a process has loaded moves the loop too.
    """
    return statistics.quantiles(probes, n=4, method="inclusive")[0]


def choose(probes: Sequence[float | None], usual: float, wanted: int) -> list[int]:
    """Return which processes to use: those that ran at the usual pace.

    Parameters
    ----------
    probes : sequence of float or None
        The fastest pass of each process; None tells nothing, and is taken for undisturbed.
    usual : float
        As `usual_pace` gives it.
    wanted : int
        If fewer were undisturbed, the so many fastest are used.

    Returns
    -------
    list of int
        Their indices, in order.
    """
    paces = [usual if probe is None else probe for probe in probes]
    order = sorted(range(len(paces)), key=lambda i: paces[i])
    limit = usual * (1 + MAX_SLOWER)
    return sorted(i for rank, i in enumerate(order) if rank < wanted or paces[i] <= limit)
