"""``run --gradients``: a wrong derivative, a failed one and a missing one are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench_harness.cli import BROKEN_CASE
from bench_harness.store import load
from bench_harness.summary import summarise
from tests.cli.command import QUICK, call
from tests.conftest import skip_or_fail

PLANTED = Path(__file__).parent.parent / "faults" / "data" / "planted"


@pytest.mark.slow
def test_gradients_are_judged_and_never_replaced(tmp_path: Path) -> None:
    done = call(
        *("run", "planted/gradient_detached/smoke", "--suites", PLANTED, "--gradients", *QUICK),
        *("--backends", "torch,jax", "--output", "run.json", "--report", "run.md"),
        cwd=tmp_path,
    )
    assert done.returncode == BROKEN_CASE, done.stderr
    record = load(tmp_path / "run.json")
    found = {result.case.label: result for result in record.results}
    if any(result.status == "unavailable" for result in found.values()):
        skip_or_fail("torch,jax", "both are needed here")
    detached, raises, host, right = (
        found[label] for label in ("torch", "torch.raises", "torch.host", "jax")
    )
    assert detached.status == "wrong"
    assert "gradient in rate: is" in str(detached.reason)
    assert raises.status == "wrong"
    assert "modified by an inplace operation" in str(raises.reason)
    assert "Traceback" in str(raises.details)
    assert host.status == "ok"
    assert host.gradient
    assert host.gradient.unsupported == "the graph ends on the host"
    # A wrong one is not what others are compared with, though it came first.
    assert right.status == "ok"
    assert right.gradient
    assert right.gradient.max_difference_between_backends is None
    assert summarise(record)[right.case.id].gradient_over_forward
    assert "unsupported: the graph ends on the host" in (tmp_path / "run.md").read_text()
