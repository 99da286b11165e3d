"""When a gate stops and what it decides; which processes count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_harness.stats.pace import choose, not_slowed, usual_pace
from bench_harness.stats.sequential import Plan, look
from bench_harness.summary import every_sample_of, samples_of
from tests.factories import make_measurement, make_result

PROBES = st.lists(st.floats(1e-5, 1e-3), min_size=1, max_size=12)


def side(level: float, noise: float, processes: int, seed: int) -> list[list[float]]:
    """Return one time for each process."""
    rng = np.random.default_rng(seed)
    return [[float(level * np.exp(noise * rng.normal()))] for _ in range(processes)]


@pytest.mark.parametrize(
    ("factor", "noise", "last", "state"),
    [
        (1.00, 0.002, False, "settled"),
        (0.80, 0.002, False, "settled"),
        (1.02, 0.002, False, "settled"),  # slower for sure, and let pass
        (1.05, 0.002, False, "slower"),
        (1.00, 0.05, False, "open"),
        (1.01, 0.05, False, "open"),
        (1.01, 0.05, True, "settled"),  # nobody knows, and nobody is blamed
    ],
)
def test_a_look(factor: float, noise: float, last: bool, state: str) -> None:
    base, head = side(1.0, noise, 6, 0), side(factor, noise, 6, 3)
    assert look(base, head, 0.03, last=last) == state


def test_one_process_is_never_enough() -> None:
    assert look([[1.0]], [[2.0]], 0.03, last=False) == "open"
    assert look([[1.0]], [[2.0]], 0.03, last=True) == "settled"


def test_false_alarms_are_split_over_suspects_and_looks() -> None:
    plan = Plan(confirmations=(8, 14), false_alarms=0.01)
    assert plan.confidence(1) == pytest.approx(0.99)
    assert plan.confidence(5) == pytest.approx(0.998)
    assert plan.confidence(0) == plan.confidence(1)


def test_equal_sides_are_seldom_confirmed() -> None:
    """Half the noise that a case can have, and all of them suspected: 1 % at most go red."""
    plan = Plan()
    red = 0
    for trial in range(120):
        rng = np.random.default_rng(trial)
        times = np.exp(0.05 * rng.standard_t(3, size=(2, plan.confirmations[-1], 1)))
        for number in plan.confirmations:
            last = number == plan.confirmations[-1]
            base, head = times[:, :number].tolist()
            state = look(base, head, 0.03, last=last, confidence=plan.confidence(1))
            red += state == "slower"
            if state != "open":
                break
    assert red <= 4  # 1.2 expected at most


def test_a_neighbour_is_seen_by_the_pace() -> None:
    probes = [1.0, 1.01, 0.995, 1.6, 1.005, 1.3, 1.0, 1.02]
    usual = usual_pace(probes)
    assert choose(probes, usual, 0) == [0, 1, 2, 4, 6, 7]
    assert choose(probes, usual, 7) == [0, 1, 2, 4, 5, 6, 7]  # the fastest of the slowed
    assert choose([None, 1.6, None], usual, 0) == [0, 2]


def test_a_process_whose_core_was_slowed_tells_nothing_of_a_time() -> None:
    assert not_slowed([1.0, 1.9, 1.2]) == [0, 2]
    assert not_slowed([1.9, 2.0]) == [0, 1], "nothing is known of a quiet core"
    assert not_slowed([None, None]) == [0, 1]
    assert not_slowed([None, 1.0, 1.6]) == [0, 1]
    assert not_slowed([]) == []
    quiet, slowed = (
        make_measurement([time], probe_median_s=probe)
        for time, probe in ((1e-3, 1.0e-4), (5e-3, 1.9e-4))
    )
    assert samples_of(make_result(measurements=[slowed, quiet, slowed])) == [[1e-3]]
    assert len(every_sample_of(make_result(measurements=[slowed, quiet]))) == 2
    assert samples_of(make_result(measurements=[slowed, slowed])) == [[5e-3], [5e-3]]


@given(PROBES, st.integers(0, 12))
def test_as_many_as_are_wanted_are_used(probes: list[float], wanted: int) -> None:
    usual = usual_pace([*probes, *probes])
    chosen = choose(probes, usual, wanted)
    assert len(chosen) >= min(wanted, len(probes))
    assert chosen == sorted(set(chosen))
    left_out = [probes[i] for i in range(len(probes)) if i not in chosen]
    assert all(probe > usual for probe in left_out)
