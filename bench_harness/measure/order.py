"""In which order the processes of several cases are started."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def balanced_orders(first: Sequence[T], rounds: int, seed: int) -> list[list[T]]:
    """Return one order for each round, the first as given.

    The rows of a Williams square (E. J. Williams, *Australian Journal of Scientific Research A* 2,
    1949) with its symbols drawn at random: over as many rounds as there are items, each item
    stands once at every place, and, for an even number, once behind every other. A machine that
    grows slower, and a neighbour that leaves a full cache behind, meet all cases alike.

    Parameters
    ----------
    first : sequence
        The order of the first round.
    rounds : int
    seed : int
        Draws which row follows which.
    """
    n = len(first)
    if not n:
        return [[] for _ in range(rounds)]
    zigzag = [(place + 1) // 2 if place % 2 else -(place // 2) % n for place in range(n)]
    by_symbol = dict(zip(zigzag, first, strict=True))
    shifts = list(range(1, n))
    random.Random(seed).shuffle(shifts)
    cycle = [0, *shifts]
    return [
        [by_symbol[(symbol + cycle[round_ % n]) % n] for symbol in zigzag]
        for round_ in range(rounds)
    ]
