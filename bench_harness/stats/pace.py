"""Which processes ran on a core that was slowed down, by the pace of a fixed loop.

`bench_harness.measure.pace` has the loop.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

MAX_SLOWER = 0.03
"""The fastest passes of undisturbed processes of a case lie within 1 or 2 % of one another."""


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
