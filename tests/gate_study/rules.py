"""How other tools decide, applied to the pool: each a function of two lists of processes.

The rules are re-implemented from the tools' sources, as far as they decide; how many processes
and samples each takes is its default. A sample of asv lasts 10 ms and a value of pyperf 100 ms:
both are means of as many runs as there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats

from tests.gate_study.data import Process

Processes = Sequence[Process]


@dataclass(frozen=True)
class Rule:
    """A tool's rule.

    Parameters
    ----------
    name : str
    processes : int
        That a side takes.
    is_slower : callable
        Of base and head.
    source : str
        Where the rule stands.
    """

    name: str
    processes: int
    is_slower: Callable[[Processes, Processes], bool]
    source: str


def _means(processes: Processes, count: int) -> np.ndarray:
    """Return so many samples of each process, each the mean of consecutive runs."""
    parts = (part for each in processes for part in np.array_split(np.array(each.means), count))
    return np.array([part.mean() for part in parts])


def asv(base: Processes, head: Processes) -> bool:
    """Ten samples of each of two processes; median ratio above 1.1 and Mann-Whitney p < 0.002."""
    first, second = (_means(side, 10) for side in (base, head))
    if np.median(second) <= 1.1 * np.median(first):
        return False
    return bool(scipy.stats.mannwhitneyu(first, second).pvalue < 0.002)


def benchmark_mean(base: Processes, head: Processes) -> bool:
    """One process; the mean of its rounds more than 5 % up."""
    return float(np.mean(head[0].means)) > 1.05 * float(np.mean(base[0].means))


def benchmark_min(base: Processes, head: Processes) -> bool:
    """One process; its fastest round more than 5 % up."""
    return head[0].fastest > 1.05 * base[0].fastest


def pyperf(base: Processes, head: Processes) -> bool:
    """Three values of each of 20 processes; pooled Student t at 95 %, means."""
    first, second = (_means(side, 3) for side in (base, head))
    significant = scipy.stats.ttest_ind(first, second).pvalue < 0.05
    return bool(significant and second.mean() > first.mean())


RULES = (
    Rule("asv continuous", 2, asv, "asv/statistics.py `is_different`, `--factor 1.1`"),
    Rule(
        "pytest-benchmark, `mean:5%`",
        1,
        benchmark_mean,
        "pytest_benchmark/utils.py `PercentageRegressionCheck`",
    ),
    Rule("pytest-benchmark, `min:5%`", 1, benchmark_min, "the same"),
    Rule("pyperf compare_to", 20, pyperf, "pyperf/_utils.py `is_significant`"),
)
