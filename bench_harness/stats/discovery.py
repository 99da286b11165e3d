"""Many tests at once: the share of false ones among those that are called discoveries."""

from __future__ import annotations

from collections.abc import Sequence


def false_discovery_rates(p_values: Sequence[float]) -> list[float]:
    """Return, for each test, the smallest false discovery rate at which it is a discovery.

    The step-up procedure of Benjamini and Hochberg, *J. R. Statist. Soc. B* 57 (1995) 289: of
    the tests whose value is at most q, a share of q is expected to be false. It holds for
    independent and for positively dependent tests.

    Parameters
    ----------
    p_values : sequence of float
        In any order.

    Returns
    -------
    list of float
        In the same order, each at least its p-value and at most 1.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i], reverse=True)
    rates = [1.0] * len(p_values)
    smallest = 1.0
    for position, i in enumerate(order):
        rank = len(p_values) - position
        smallest = min(smallest, p_values[i] * len(p_values) / rank)
        rates[i] = smallest
    return rates
