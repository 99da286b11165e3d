"""``python -m tests.steady_study``: how often is a series said not to settle, and rightly?

On synthetic series, of noise and of changes that matter, and on the processes of the gate's study:
there, the medians of the first and second half of each say whether a number misleads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.stats.steady import classify

Rng = np.random.Generator
Array = np.ndarray[Any, np.dtype[np.float64]]
Draw = Callable[[Rng, int], Array]

POOL = Path(__file__).resolve().parent.parent / "results/reports/gate.json"
LENGTHS = (20, 40, 100)
MISLED = 0.1
"""Relative difference of the halves of a series from which its median would mislead."""


# -- noise: one number describes it ------------------------------------------------------------


def iid(rng: Rng, n: int, most: float = 0.13) -> Array:
    """Independent runs with a heavier tail to the right, spread from 0.5 % to `most`."""
    spread = 10 ** rng.uniform(-2.3, np.log10(most))
    skewed = 0.7 * rng.normal(size=n) + 0.7 * rng.exponential(size=n)
    return np.asarray(np.maximum(1 + spread * skewed, 0.3))


def spikes(rng: Rng, n: int) -> Array:
    """Up to 15 % of the runs are 1.2 to 5 times slower."""
    times = iid(rng, n)
    times[rng.random(n) < rng.uniform(0.03, 0.15)] *= rng.uniform(1.2, 5)
    return times


def heavy(rng: Rng, n: int) -> Array:
    """A tail so heavy that it has no variance."""
    return np.asarray(1 + 0.03 * np.abs(rng.standard_t(1.5, size=n)))


def correlated(rng: Rng, n: int) -> Array:
    """Runs that follow their predecessor: AR(1) of 0.3 to 0.8, spread from 1 to 6 %."""
    follow, spread = rng.uniform(0.3, 0.8), 10 ** rng.uniform(-2, -1.2)
    level = np.zeros(n + 50)
    for i, step in enumerate(rng.normal(size=n + 49) * spread * np.sqrt(1 - follow**2), 1):
        level[i] = follow * level[i - 1] + step
    return np.asarray(np.exp(level[50:]) * iid(rng, n, 0.01))


def neighbour(rng: Rng, n: int) -> Array:
    """An episode of up to a fifth of the runs, 20 to 100 % slower."""
    times = iid(rng, n, 0.05)
    length = int(rng.integers(2, n // 5 + 1))
    start = int(rng.integers(0, n - length + 1))
    times[start : start + length] *= 1 + rng.uniform(0.2, 1)
    return times


# -- changes of 25 % and more that last: no number describes them ------------------------------


def drift(rng: Rng, n: int) -> Array:
    rise = 1 + rng.uniform(0.25, 1) * np.arange(n) / (n - 1)
    return iid(rng, n, 0.05) * (rise if rng.random() < 0.5 else rise[::-1])


def step(rng: Rng, n: int) -> Array:
    """To another level, slower or faster, at 35 to 65 % of the runs."""
    late = np.arange(n) >= rng.integers(round(0.35 * n), round(0.65 * n) + 1)
    slow = late if rng.random() < 0.5 else ~late
    return iid(rng, n, 0.05) * (1 + rng.uniform(0.25, 1.5) * slow)


def modes(rng: Rng, n: int) -> Array:
    """Two levels at random, each of at least 35 % of the runs."""
    while True:
        high = rng.random(n) < rng.uniform(0.35, 0.65)
        if 0.35 <= high.mean() <= 0.65:
            return iid(rng, n, 0.05) * (1 + rng.uniform(0.25, 1.5) * high)


def sticky(rng: Rng, n: int) -> Array:
    """Two such levels, each held for some runs."""
    while True:
        high = np.cumsum(rng.random(n) < 1 / rng.uniform(n / 8, n / 3)) % 2
        if 0.35 <= high.mean() <= 0.65 and np.count_nonzero(np.diff(high)) > 1:
            return iid(rng, n, 0.05) * (1 + rng.uniform(0.25, 1.5) * high)


NOISE: dict[str, Draw] = {
    "independent": iid,
    "spikes": spikes,
    "no variance": heavy,
    "correlated": correlated,
    "a neighbour": neighbour,
}
TROUBLE: dict[str, Draw] = {"drift": drift, "step": step, "modes": modes, "sticky modes": sticky}


def unsettled_share(draw: Draw, n: int, trials: int) -> float:
    """Return the share of series that are said not to settle."""
    rng = np.random.default_rng(n)
    found = [classify(list(5e-5 * draw(rng, n))) for _ in range(trials)]
    return float(np.mean([seen is not None and not seen.settled for seen in found]))


def misled(settled: bool) -> tuple[int, float]:
    """Return the processes called (un)settled, and the share whose halves differ."""
    pool = json.loads(POOL.read_text())["pool"]
    differ = []
    for processes in pool.values():
        for _, times in processes:
            seen = classify([time * 3e-6 for time in times])
            if seen is not None and seen.settled == settled:
                differ.append(_halves_differ(times))
    return len(differ), float(np.mean(differ))


def _halves_differ(times: Sequence[float]) -> bool:
    half = len(times) // 2
    return abs(float(np.log(np.median(times[half:]) / np.median(times[:half])))) > MISLED


def main() -> None:
    """Print the table of docs/measurement.md."""
    print("| Series | 20 runs | 40 runs | 100 runs |\n| --- | ---: | ---: | ---: |")
    for word, family in (("noise", NOISE), ("change", TROUBLE)):
        for name, draw in family.items():
            shares = (f"{unsettled_share(draw, n, 300):.0%}" for n in LENGTHS)
            print(f"| {word}: {name} | {' | '.join(shares)} |")
    for settled in (True, False):
        count, share = misled(settled)
        word = "settled" if settled else "unsettled"
        print(f"\n{count} processes {word}; halves more than 10 % apart: {share:.0%}")


if __name__ == "__main__":
    main()
