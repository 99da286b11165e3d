"""The order in which processes are started: random, balanced, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.measure.order import balanced_orders


@given(st.integers(0, 9), st.integers(1, 20), st.integers(0, 2**32))
def test_every_round_holds_every_item_and_the_first_is_as_given(
    n: int, rounds: int, seed: int
) -> None:
    orders = balanced_orders(range(n), rounds, seed)
    assert len(orders) == rounds
    assert orders[0] == list(range(n))
    assert all(sorted(order) == list(range(n)) for order in orders)


@given(st.integers(2, 9), st.integers(0, 2**32))
def test_every_item_stands_once_at_every_place(n: int, seed: int) -> None:
    orders = balanced_orders(range(n), n, seed)
    for place in range(n):
        assert {order[place] for order in orders} == set(range(n))


@pytest.mark.parametrize("n", [2, 4, 6, 8])
def test_an_even_number_of_items_follow_each_other_equally_often(n: int) -> None:
    orders = balanced_orders(range(n), n, seed=3)
    follows = Counter(pair for order in orders for pair in pairwise(order))
    assert set(follows.values()) == {1}
    assert len(follows) == n * (n - 1)


def test_the_order_depends_on_the_seed_and_on_nothing_else() -> None:
    assert balanced_orders("abcdef", 6, 1) == balanced_orders("abcdef", 6, 1)
    assert balanced_orders("abcdef", 6, 1) != balanced_orders("abcdef", 6, 2)
